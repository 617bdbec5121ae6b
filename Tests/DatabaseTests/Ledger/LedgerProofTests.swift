import Core
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Database

@Suite(.sqliteAlone) struct LedgerProofTests {
  let fixture: LedgerFixture
  let ledger: MigrationLedger

  init() throws {
    fixture = try LedgerFixture()
    ledger = try fixture.open()
  }

  /// Adds files that the bucket has, and returns their numbers.
  private func deliver(_ names: [String], etag: String? = nil) throws -> [Int64] {
    try fixture.walk(ledger, names.map { fixture.sighting($0) })
    return try names.map { name in
      let id = try fixture.row(ledger, name).id
      let digest = try LedgerFixture.proof().digest
      try ledger.record([(id, .sent(LedgerProof(digest: digest, version: "v", etag: etag))), (id, .received)], run: 1)
      return id
    }
  }

  private func confirm(_ ids: [Int64], etag: String? = nil, isOnDisk: Bool = true, at now: Date = .now) throws {
    let confirmations = ids.map { LedgerConfirmation(id: $0, etag: etag, isOnDisk: isOnDisk) }
    try ledger.confirm(confirmations, doubtful: [], run: 2, at: now)
  }

  @Test func `a glance compares length and time, and knows no other path`() throws {
    let ids = try deliver(["a", "b"])
    let seen = [fixture.sighting("a"), fixture.sighting("b", mtime: 1001), fixture.sighting("c")]
    let glances = try ledger.glances(seen.map { ($0.path, $0.facts) })
    #expect(glances.map { $0?.id } == [ids[0], ids[1], nil] && glances.map { $0?.isSame } == [true, false, nil])
  }

  @Test func `keys are compared byte for byte`() throws {
    _ = try deliver(["e\u{301}"])
    #expect(
      try ledger.rows(withKeys: ["ada/e\u{301}", "ada/\u{E9}", "ada"]).map { $0 != nil } == [true, false, false]
    )
  }

  @Test func `an entity tag counts only with the digest that it was recorded with`() throws {
    let id = try #require(try deliver(["a"], etag: "tag-1").first)
    #expect(try fixture.row(ledger, "a").proof?.etag == "tag-1")
    try confirm([id])
    #expect(try fixture.row(ledger, "a").proof?.etag == "tag-1", "a proof without a tag keeps the known one")
    try confirm([id], etag: "tag 2")
    #expect(try fixture.row(ledger, "a").proof?.etag == "tag 2")
    let other = String(repeating: "0", count: 64)
    try ledger.write { connection in try connection.execute(sql: "UPDATE files SET digest = '\(other)'") }
    let row = try fixture.row(ledger, "a")
    #expect(row.proof != nil && row.proof?.etag == nil)
  }

  @Test func `only received files become verified, and a doubt takes it back`() throws {
    let ids = try deliver(["a", "b"])
    try fixture.walk(ledger, ["a", "b", "new"].map { fixture.sighting($0) })
    let new = try fixture.row(ledger, "new").id
    try confirm(ids + [new])
    #expect(try fixture.row(ledger, "new").state == .found && fixture.row(ledger, "a").state == .verified)
    try ledger.confirm([], doubtful: [ids[0], new], run: 3, at: .now)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .received && row.verifiedAt == nil)
    #expect(try fixture.row(ledger, "new").state == .found)
  }

  @Test func `files that were verified before a date come in the order of their paths, until they are removed`() throws
  {
    let ids = try deliver(["c", "a", "b", "late"])
    let then = Date(timeIntervalSince1970: 1_000_000)
    try confirm(Array(ids.prefix(3)), at: then - 1)
    try confirm([ids[3]], at: then)
    #expect(try ledger.prunable(before: then, after: [], limit: 2).map(\.path) == [Array("a".utf8), Array("b".utf8)])
    #expect(try ledger.prunable(before: then, after: Array("b".utf8), limit: 2).map(\.path) == [Array("c".utf8)])
    #expect(try ledger.prunableTotal(before: then) == LedgerTotal(files: 3, bytes: 30))
    try ledger.recordRemoved(ids[1], run: 4, at: .now)
    #expect(try ledger.prunableTotal(before: then).files == 2)
    #expect(try fixture.row(ledger, "a").removedAt != nil)
  }

  @Test func `a removed file is not missing, and a proof of a file that came back makes it a usual one`() throws {
    let ids = try deliver(["a", "b"])
    try confirm(ids)
    for id in ids { try ledger.recordRemoved(id, run: 3, at: .now) }
    try fixture.walk(ledger, [], run: 4)
    #expect(try ledger.rowsMissing(limit: 9).isEmpty)
    try confirm([ids[0]], isOnDisk: false)
    #expect(try fixture.row(ledger, "a").removedAt != nil)
    try confirm([ids[0]])
    #expect(try fixture.row(ledger, "a").removedAt == nil)
    #expect(try ledger.removedTotal() == LedgerTotal(files: 1, bytes: 10))
    try fixture.walk(ledger, [fixture.sighting("b")], run: 5)
    #expect(try fixture.row(ledger, "b").removedAt == nil, "a walk met it")
    try fixture.walk(ledger, [], run: 6)
    #expect(try ledger.rowsMissing(limit: 9).count == 2, "somebody deleted what was back")
  }

  @Test func `a ledger without proofs can be read, and gets their columns when it is written`() throws {
    _ = try deliver(["a"])
    try ledger.write { connection in
      try connection.execute(sql: "DROP INDEX files_removed")
      for column in ["etag", "verified_at", "removed_at"] {
        try connection.execute(sql: "ALTER TABLE files DROP COLUMN \(column)")
      }
      try connection.execute(sql: "PRAGMA user_version = 1")
    }
    let row = try MigrationLedger(reading: fixture.path).row(at: Array("a".utf8))
    #expect(row?.proof?.etag == nil && row?.state == .received && row?.verifiedAt == nil)
  }
}
