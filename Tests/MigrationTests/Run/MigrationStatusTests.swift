import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct MigrationStatusTests {
  let fixture: RunFixture
  private let start = Date(timeIntervalSince1970: 1_800_000_000)

  init() throws { fixture = try RunFixture() }

  private func reading() throws -> MigrationStatus {
    try MigrationStatus(MigrationLedger(reading: fixture.place.file("uploads.ledger")))
  }

  @Test func `a command that is under way is told from one that was killed`() throws {
    var ledger: MigrationLedger? = try fixture.ledger()
    #expect(try reading().words == "no run yet\n")
    _ = try ledger?.beginRun("delta", options: "[]", at: start)
    let during = try reading()
    #expect(during.isUnderWay && during.process == getpid())
    let words = "last run: from 2027-01-15T08:00:00Z"
    #expect(during.words.contains("\(words), still under way (process \(getpid()))"), "\(during.words)")
    ledger = nil
    let after = try reading()
    #expect(!after.isUnderWay && after.process == nil)
    #expect(after.words.contains("\(words); it was killed, or an error ended it"), "\(after.words)")
  }

  @Test func `verifications are no runs, and every command has its last use`() throws {
    let ledger = try fixture.ledger()
    for (offset, kind, outcome) in [(0.0, "run", "done"), (60, "delta", "stopped"), (120, "verify", "done")] {
      let number = try ledger.beginRun(kind, options: "[]", at: start + offset)
      try ledger.endRun(number, outcome: outcome, at: start + offset + 5)
    }
    let status = try reading()
    #expect(status.runs == 2 && status.uses.map(\.command) == ["verify", "run"])
    let words = """
      last verify: from 2027-01-15T08:02:00Z to 2027-01-15T08:02:05Z; it reached its end
      last run: from 2027-01-15T08:01:00Z to 2027-01-15T08:01:05Z; a signal stopped it

      """
    #expect(status.words == words)
  }

  @Test func `files are counted in words, and what the next run sends is their sum`() throws {
    for path in ["ada/a", "ada/b", "ada/c", "ada/d"] { try fixture.tree.write(path, "1234") }
    let ledger = try fixture.ledger()
    let run = try fixture.plan(ledger)
    let rows = try ["ada/a", "ada/b", "ada/c"].map { try #require(try ledger.row(at: Array($0.utf8))) }
    try ledger.record(.begun, of: rows[0].id, run: run)
    try ledger.record(.failed("no room"), of: rows[1].id, run: run)
    try ledger.record(.received, of: rows[2].id, run: run)
    let status = try reading()
    #expect(status.unfinished == LedgerTotal(files: 3, bytes: 12))
    for words in [
      "in the bucket: 1 file, 4 bytes\n", "prepared for sending: 1 file, 4 bytes\n", "not sent yet: 1 file, 4 bytes\n",
      "failed at the last attempt: 1 file, 4 bytes\n", "reasons of the failures:\n  ada/b: no room\n",
    ] { #expect(status.words.contains(words), "\(status.words)") }
    try ledger.record(.verified, of: rows[2].id, run: run)
    #expect(try reading().words.contains("in the bucket: 1 file, 4 bytes; verify has proven 1 of them\n"))
  }
}
