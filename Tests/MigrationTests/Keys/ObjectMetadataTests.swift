import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct ObjectMetadataTests {
  private let facts = LedgerFacts(
    size: 1,
    mtime: 1_500_000_000_123_456_789,
    inode: 9,
    mode: 0o4640,
    uid: 33,
    gid: 34
  )

  private func name(_ bytes: [UInt8]) -> MigratedName { MigratedName(path: Array("ada/".utf8) + bytes) }

  @Test(arguments: [
    ("a.jpg", "a.jpg", "image/jpeg"), ("A.JPEG", "A.JPEG", "image/jpeg"), ("x.mp4", "x.mp4", "video/mp4"),
    ("setup.exe", "setup.exe", "application/octet-stream"), ("noend", "noend", "application/octet-stream"),
    ("a\nb.pdf", "a_b.pdf", "application/pdf"), ("a\u{202E}gpj.csv", "a_gpj.csv", "text/csv"),
    ("a\\b", "a_b", "application/octet-stream"), ("\u{200F}", "_", "application/octet-stream"),
  ])
  func `a name becomes one that Stowage accepts`(given: String, expected: String, type: String) {
    let name = name(Array(given.utf8))
    #expect(name.name.description == expected && name.contentType == type)
    #expect(name.isReplaced == (given != expected))
  }

  @Test func `bytes that are not UTF-8 are replaced, and long names are cut in front of their extension`() {
    #expect(name([97, 0xFF] + Array(".png".utf8)).name.description == "a\u{FFFD}.png")
    let long = name(Array(repeating: 0xFF, count: 251) + Array(".jpg".utf8))
    #expect(long.name.description.utf8.count <= 255 && long.name.description.hasSuffix("\u{FFFD}.jpg"))
    #expect(long.isReplaced && long.contentType == "image/jpeg")
  }

  @Test func `every hostile name gives a valid name, and a valid one stays`() throws {
    for text in HostileNames.own + (try HostileNames.corpus() ?? []) {
      guard let last = text.split(separator: "/").last else { continue }
      let name = name(Array(last.utf8))
      #expect(try FileName(name.name.description) == name.name)
      if let valid = try? FileName(String(last)) { #expect(name.name == valid) }
    }
  }

  @Test func `metadata has name, owner, times and mode in ASCII`() throws {
    let user = try #require(UserID("auth0|64"))
    let fields = ObjectMetadata.fields(
      path: Array("auth0|64/é b.jpg".utf8),
      facts: facts,
      user: user,
      name: try FileName("é b.jpg"),
      isKeyOpaque: false
    )
    #expect(
      fields == [
        "original-filename": "%C3%A9%20b.jpg", "uploader-id": "auth0~7C64", "uploaded-at": "2017-07-14T02:40:00Z",
        "mtime": "1500000000123456789", "mode": "4640", "uid": "33", "gid": "34",
      ]
    )
  }

  @Test func `the path is in the metadata if the key does not carry it, and its digest if it is too long`() throws {
    let user = try #require(UserID(String(repeating: "|", count: 85)))
    let longest = try FileName(String(repeating: "ä", count: 127))
    func fields(_ path: [UInt8], _ name: FileName) -> [String: String] {
      ObjectMetadata.fields(path: path, facts: facts, user: user, name: name, isKeyOpaque: true)
    }
    #expect(try fields([97, 0x2F, 0xFF, 10], FileName("x"))["path"] == "a/%FF%0A")
    for count in Array(stride(from: 1, to: 700, by: 7)) + [5000, 60_000] {
      let fields = fields(Array(repeating: 0xFF, count: count), longest)
      let length = fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
      #expect(length <= ObjectMetadata.maximumBytes)
      #expect((fields["path"] == nil) == (fields["path-sha256"]?.count == 64))
      #expect(fields.values.allSatisfy { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
    }
  }
}
