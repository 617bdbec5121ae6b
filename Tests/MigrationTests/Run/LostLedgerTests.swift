import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

/// A new ledger after a lost one, for files whose keys are made from identifiers.
@Suite struct LostLedgerTests {
  private let fixture: RunFixture

  init() throws { fixture = try RunFixture() }

  private func writeAwkward() throws -> [[UInt8]] {
    let long = (0..<5).map { "\($0)" + String(repeating: "x", count: 240) }.joined(separator: "/")
    let paths = [Array("ada/\(long)/file".utf8), Array("ada/plain".utf8), Array("ada/".utf8) + [0xFF, 0x61]]
    try fixture.tree.write("ada/\(long)/file", "a long path")
    try fixture.tree.write("ada/plain", "a plain path")
    let folder = open(fixture.tree.folder.file("ada"), O_RDONLY | O_DIRECTORY)
    defer { close(folder) }
    let name = [CChar(bitPattern: 0xFF), 0x61, 0]
    let file = openat(folder, name, O_WRONLY | O_CREAT, 0o644)
    #expect(write(file, "not UTF-8", 9) == 9 && close(file) == 0)
    return paths
  }

  @Test func `paths that no key can carry are found again by their records, and nothing is sent twice`() throws {
    let paths = try writeAwkward()
    let ledger = try fixture.ledger()
    #expect(try fixture.run(ledger).sent.files == 3)
    let files = try paths.map { try #require(try ledger.row(at: $0)?.file) }
    let other = try MigrationLedger(path: fixture.place.file("other.ledger"), for: ledger.identity())
    let outcome = try fixture.run(other)
    #expect(outcome.sent.files == 0 && outcome.present == 3 && outcome.rekeyed == 0)
    for (path, file) in zip(paths, files) {
      let row = try #require(try other.row(at: path))
      #expect(row.file == file && row.state == .received && row.proof?.digest != nil)
    }
    #expect(try fixture.verify(other).lines.isEmpty && fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a changed file, and one that its owner deleted, are not taken for those of before`() throws {
    let paths = try writeAwkward()
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let (long, odd) = (try #require(try ledger.row(at: paths[0])), try #require(try ledger.row(at: paths[2])))
    let user = try #require(odd.user)
    try #require(try fixture.database.delete(#require(odd.file), of: user, at: .now))
    try fixture.tree.write(String(decoding: paths[0], as: UTF8.self), "another content")
    let other = try MigrationLedger(path: fixture.place.file("other.ledger"), for: ledger.identity())
    let outcome = try fixture.run(other)
    #expect(outcome.sent.files == 1 && outcome.deleted == 1)
    #expect(try other.row(at: paths[0])?.file != long.file && other.row(at: paths[2])?.state == .deleted)
  }
}
