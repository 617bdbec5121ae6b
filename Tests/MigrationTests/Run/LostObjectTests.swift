import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

/// Runs after a comparison that found objects missing, or with other bytes.
@Suite(.serialized) struct LostObjectTests {
  let fixture: RunFixture
  let ledger: MigrationLedger

  init() throws {
    fixture = try RunFixture()
    for name in ["flipped", "lost", "same"] { try fixture.tree.write("ada/\(name)", "content of \(name)") }
    ledger = try fixture.ledger()
    try fixture.run(ledger)
    for name in ["flipped", "lost", "same"] { try fixture.publish(fixture.record(ledger, "ada/\(name)")) }
  }

  private func lose(_ path: String) throws {
    let row = try #require(try ledger.row(at: Array(path.utf8)))
    let version = row.proof?.version.map(VersionID.init)
    try fixture.store.delete(#require(row.key), in: RunFixture.bucket, version: version)
  }

  private func report() throws -> PlanReport {
    let number = try ledger.beginRun("run", options: "{}", at: .now)
    return try Planner(PlanSettings()).plan(fixture.tree.root, into: ledger, run: number)
  }

  @Test func `the next run sends exactly the lost files again, as successors of the old ones`() throws {
    let old = try ["flipped", "lost"].map { try fixture.record(ledger, "ada/\($0)") }
    try lose("ada/lost")
    try fixture.flip(ledger, "ada/flipped")
    #expect(try fixture.run(ledger).sent.files == 0, "nothing is known before a comparison")
    let (lines, outcome) = try fixture.verify(ledger)
    #expect(lines == ["* ada/flipped", "- ada/lost"] && outcome.lost.files == 2)
    let dry = try Planner(PlanSettings())
      .dryRun(fixture.tree.root, beside: fixture.place.file("uploads.ledger"), for: ledger.identity())
    #expect(dry.difference.lost == LedgerTotal(files: 2, bytes: 33) && dry.unfinished.files == 2)
    #expect(dry.words.contains("lost by the bucket: 2 files"))
    let run = try fixture.run(ledger)
    #expect(run.sent.files == 2 && run.altered == 0 && run.failed == 0)
    for (file, name) in zip(old, ["flipped", "lost"]) {
      let new = try fixture.record(ledger, "ada/\(name)")
      #expect(new.predecessor == file.id && new.rawKey == "ada/\(new.id)/original")
      #expect(new.claimedSHA256 == file.sha256)
      #expect(
        try fixture.store.bytes(of: new.rawKey, in: RunFixture.bucket, limit: 99) == Array("content of \(name)".utf8)
      )
      #expect(try fixture.database.file(file.id)?.state == .ready, "the old file stays until the new one is checked")
      try fixture.publish(new)
      #expect(try fixture.database.file(file.id)?.isRestorable == true)
    }
    #expect(try fixture.verify(ledger).lines.isEmpty && fixture.run(ledger).sent.files == 0)
    #expect(try fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a file that the disk no longer has is named, and stays`() throws {
    try lose("ada/lost")
    try fixture.verify(ledger)
    try FileManager.default.removeItem(atPath: fixture.tree.folder.file("ada/lost"))
    let plan = try report()
    #expect(plan.lost == 1 && plan.firstLost == ["ada/lost"] && plan.difference.lost.files == 0)
    let status = try MigrationStatus(ledger)
    let words = "lost by the bucket: 1 file; the next run sends those that the disk has, such as:\n  ada/lost\n"
    #expect(status.lost == 1 && status.words.contains(words), "\(status.words)")
    #expect(plan.words.contains("LOST by the bucket, and not on the disk: 1 file"))
    #expect(try fixture.makeRun(ledger).run(9).sent.files == 0)
  }

  @Test func `a lost file that vanished from the disk is not deleted, and stays a difference`() throws {
    try lose("ada/lost")
    for name in ["lost", "same"] {
      try FileManager.default.removeItem(atPath: fixture.tree.folder.file("ada/\(name)"))
    }
    let plan = try report()
    #expect(plan.missing == 2 && VanishedFiles.refusal(of: plan, percent: 10) == nil)
    for _ in 0..<2 {
      let trash = try VanishedFiles(fixture.tree.root, ledger, fixture.database).trash(
        run: 9,
        hasObject: { row throws(StoreError) in try fixture.store.hasObject(of: row, in: RunFixture.bucket) }
      )
      #expect(trash.lost == 1 && trash.kept == 0)
    }
    #expect(try fixture.record(ledger, "ada/lost").state == .ready && report().lost == 1)
    #expect(try fixture.record(ledger, "ada/same").state == .deleted)
    #expect(try fixture.verify(ledger).lines == ["- ada/lost"])
  }

  @Test func `a file with other bytes and the old time is sent, and the run says so`() throws {
    try lose("ada/lost")
    try fixture.verify(ledger)
    let time = try #require(try ledger.row(at: Array("ada/lost".utf8))).facts.mtime
    try fixture.tree.write("ada/lost", "CONTENT of lost")
    try fixture.setTime(of: "ada/lost", time)
    let outcome = try fixture.run(ledger)
    #expect(outcome.sent.files == 1 && outcome.altered == 1)
    #expect(try report().findings.first { $0.code == .otherBytes }?.examples == ["ada/lost"])
    try lose("ada/same")
    try fixture.verify(ledger)
    try fixture.tree.write("ada/same", "written anew")
    #expect(try fixture.run(ledger).altered == 0, "a changed file is a usual one")
  }

  @Test func `a file that its owner deleted meanwhile does not come back`() throws {
    try lose("ada/lost")
    try fixture.verify(ledger)
    let old = try fixture.record(ledger, "ada/lost")
    try #require(try fixture.database.delete(old.id, of: old.user, at: .now))
    let outcome = try fixture.run(ledger)
    #expect(outcome.sent.files == 0 && outcome.deleted == 1 && outcome.failed == 0)
    #expect(try fixture.state(ledger, "ada/lost") == .deleted && fixture.run(ledger).deleted == 0)
  }

  @Test func `an object that is back, and proven, is not sent again`() throws {
    let other = try RunFixture(isVersioned: false)
    try other.tree.write("ada/a", "hello")
    let ledger = try other.ledger()
    try other.run(ledger)
    try other.store.delete("ada/a", in: RunFixture.bucket, version: nil)
    #expect(try other.verify(ledger).lines == ["- ada/a"])
    _ = try other.store.put(.bytes(Array("hello".utf8)), to: "ada/a", in: RunFixture.bucket)
    #expect(try other.verify(ledger).lines.isEmpty && other.run(ledger).sent.files == 0)
  }
}
