import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

/// Runs whose users are named in another way than those of the run before, and with another visibility.
@Suite struct OwnerChangeTests {
  let fixture: RunFixture
  let ledger: MigrationLedger

  init() throws {
    fixture = try RunFixture()
    ledger = try fixture.ledger()
    for path in ["one/a", "two/b"] { try fixture.tree.write(path, path) }
  }

  private func table(_ rows: String...) throws -> PlanSettings {
    let csv = (["folder,user"] + rows).joined(separator: "\n") + "\n"
    return PlanSettings(owner: .table(try OwnerTable(csv: Array(csv.utf8))))
  }

  @discardableResult
  private func run(
    _ settings: PlanSettings,
    visibility: Visibility = .private,
    makesUsers: Bool = true
  ) throws -> RunOutcome {
    let number = try ledger.beginRun("run", options: "{}", at: .now)
    _ = try Planner(settings).plan(fixture.tree.root, into: ledger, run: number)
    var choices = RunSettings(migration: "test", threads: 2)
    choices.owner = settings.owner
    choices.visibility = visibility
    choices.makesUsers = makesUsers
    let sender = FileSender(store: fixture.store, bucket: RunFixture.bucket, settings: .small)
    return try MigrationRun(
      fixture.tree.root,
      ledger: ledger,
      database: fixture.database,
      sender: sender,
      settings: choices
    ).run(number)
  }

  @Test func `a table that gives a file in Stowage to another user is refused before anything happens`() throws {
    try run(table("one,ada", "two,bob"))
    let before = try fixture.record(ledger, "one/a")
    try fixture.tree.write("one/new", "new")
    let error = #expect(throws: OwnerConflict.self) { try run(table("one,eve", "two,bob")) }
    #expect(error?.count == 1 && error?.description.contains("one/a: it belongs to ada, and now to eve") == true)
    #expect(throws: OwnerConflict.self, "the folders' names are other users") { try run(PlanSettings()) }
    #expect(try ledger.row(at: Array("one/new".utf8)) == nil && fixture.record(ledger, "one/a") == before)
    #expect(try run(table("one,ada", "two,bob", "three,carl")).sent.files == 1, "a longer table is accepted")
  }

  @Test func `files that were not sent get the users of the new table`() throws {
    for name in ["ada", "bob"] { _ = try fixture.database.userOrNew(#require(UserID(name)), at: .now) }
    #expect(try run(table("one,ada", "two,nobody"), makesUsers: false).failed == 1)
    #expect(try run(table("one,ada", "two,bob"), makesUsers: false).sent.files == 1)
    let record = try fixture.record(ledger, "two/b")
    #expect(record.user.description == "bob" && record.rawKey == "bob/b")
    #expect(try run(table("one,ada", "two,bob")).sent.files == 0 && fixture.database.recountQuotas().isEmpty)
  }

  @Test func `another visibility is said, and concerns new files alone`() throws {
    #expect(try run(PlanSettings()).visibilityBefore == nil)
    try fixture.tree.write("one/new", "new")
    #expect(try run(PlanSettings(), visibility: .public).visibilityBefore == .private)
    #expect(try fixture.record(ledger, "one/a").visibility == .private)
    #expect(try fixture.record(ledger, "one/new").visibility == .public)
    #expect(try run(PlanSettings(), visibility: .public).visibilityBefore == nil)
  }
}
