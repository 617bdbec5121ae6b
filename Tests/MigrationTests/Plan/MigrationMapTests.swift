import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct MigrationMapTests {
  let fixture: RunFixture
  private let thumb = VariantName.thumb

  init() throws { fixture = try RunFixture() }

  private func rows(_ ledger: MigrationLedger) throws -> [MigrationMapRow] {
    var rows: [MigrationMapRow] = []
    try MigrationMapRow.forEach(in: ledger, fixture.database, imagesURL: "https://img.example.com") {
      rows.append($0)
    }
    return rows
  }

  @Test func `a row has the address of the record, the old URL and the images, in the order of the paths`() throws {
    for path in ["ada/a b+.jpg", "ada/2019/b.jpg", "bob/c"] { try fixture.tree.write(path, "hello") }
    let ledger = try fixture.ledger()
    _ = try fixture.plan(ledger)
    #expect(try rows(ledger).map(\.state) == ["unsent", "unsent", "unsent"])
    try fixture.run(ledger)
    let photo = try fixture.record(ledger, "ada/a b+.jpg")
    let digest = try #require(photo.claimedSHA256)
    let key = ProcessedKey(
      user: photo.user,
      file: photo.id,
      version: VariantVersion(prefixOf: digest),
      name: thumb,
      type: .webp
    )
    let job = try #require(try fixture.database.leaseJob(.process, of: photo.id, seconds: 60, at: .now))
    let publication = Publication(
      versionID: photo.versionID,
      size: photo.claimedSize,
      sha256: digest,
      isPlain: false,
      variants: [Variant(key: key, width: 150, height: 100, size: 10)]
    )
    try #require(try fixture.database.publish(publication, under: job, at: .now))
    let map = try rows(ledger)
    #expect(map.map(\.path) == ["ada/2019/b.jpg", "ada/a b+.jpg", "bob/c"])
    #expect(map.map(\.state) == ["received", "ready", "received"])
    #expect(map[1].fileUrl == "/v1/files/\(photo.id)" && map[1].oldUrl == "/uploads/ada/a%20b%2B.jpg")
    #expect(map[1].images == ["thumb": "https://img.example.com/private/\(key)"] && map[0].images.isEmpty)
    let end = ",ready,/v1/files/\(photo.id),/uploads/ada/a%20b%2B.jpg,https://img.example.com/private/\(key)"
    #expect(map[1].csv([thumb]).hasSuffix(end))
  }

  @Test func `a row is strict CSV, with the path byte for byte and a column for each variant`() throws {
    try fixture.tree.write(Array("ada/a,\"b\"\n".utf8) + [0xFF])
    let ledger = try fixture.ledger()
    _ = try fixture.plan(ledger)
    let row = try #require(try rows(ledger).first)
    #expect(row.encodedPath == "ada/a%2C%22b%22%0A%FF" && row.oldUrl == "/uploads/ada/a%2C%22b%22%0A%FF")
    #expect(row.csv([thumb]).hasPrefix("\"ada/a,\"\"b\"\"\n\u{FFFD}\",ada/a%2C%22b%22%0A%FF,"))
    let header = MigrationMapRow.header([thumb, .original])
    #expect(header == "path,encoded_path,file_id,key,user_id,state,file_url,old_url,image_thumb,image_original")
    #expect(header.split(separator: ",").count == 10 && row.csv([thumb, .original]).hasSuffix("%FF,,"))
  }
}
