import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Migration

extension RunFixture {
  /// The records of all files, as a worker leaves them.
  func finish(_ ledger: MigrationLedger, _ state: String = "ready") throws {
    let more = [
      "quarantined": ", reason = 'malware', quarantined_at = 1", "purging": ", deleted_at = 1",
      "purged": ", deleted_at = 1",
    ]
    let facts = "size = claimed_size, sha256 = claimed_sha256, ready_at = 1"
    try change("UPDATE files SET state = '\(state)', \(facts)\(more[state] ?? "")")
  }

  func has(_ path: String) -> Bool {
    var status = stat()
    return lstat(tree.folder.file(path), &status) == 0
  }

  /// Removes everything that was verified until now; returns the lines of kept files, sorted.
  @discardableResult
  func prune(
    _ ledger: MigrationLedger,
    _ reach: @escaping @Sendable (Prune.Moment, [UInt8]) -> Void = { _, _ in },
    _ change: (inout PruneSettings) -> Void = { _ in }
  ) throws -> (kept: [String], outcome: PruneOutcome) {
    var settings = PruneSettings(verifiedBefore: .now + 60, threads: 4)
    settings.patience = 0.5
    change(&settings)
    let prune = Prune(
      tree.root,
      ledger: ledger,
      database: database,
      store: store,
      bucket: Self.bucket,
      list: settings.isDryRun ? nil : try PruneList(place.file("deleted")),
      settings: settings,
      reach: reach
    )
    var kept: [String] = []
    let outcome = try prune.run(ledger.beginRun("prune", options: "[]", at: .now)) { line in
      if let reason = line.kept { kept.append("\(printable(line.path)): \(reason)") }
    }
    return (kept.sorted(), outcome)
  }

  /// Sends, checks and verifies the tree.
  func proven(state: String = "ready") throws -> MigrationLedger {
    let ledger = try self.ledger()
    try run(ledger)
    try finish(ledger, state)
    #expect(try verify(ledger).lines.isEmpty)
    return ledger
  }

  /// The words and paths of the list of removed files.
  func listed() throws -> [String] {
    try String(contentsOfFile: place.file("deleted"), encoding: .utf8).split(separator: "\n").map { line in
      let fields = line.split(separator: "\t")
      return "\(fields[1]) \(fields[4])"
    }
  }
}

@Suite struct PruneTests {
  private let fixture: RunFixture

  init() throws {
    fixture = try RunFixture()
    for path in ["ada/a", "ada/b/c", "ada/b/d", "bob/e"] { try fixture.tree.write(path, "content of \(path)") }
  }

  @Test func `proven files are removed and listed, and verify and a further run do not miss them`() throws {
    let ledger = try fixture.proven()
    let (kept, outcome) = try fixture.prune(ledger)
    #expect(kept.isEmpty && outcome.removed.files == 4 && outcome.folders == 0)
    #expect(fixture.tree.walk().files.isEmpty && fixture.has("ada/b") && fixture.has("bob"))
    #expect(try Set(fixture.listed()) == ["removed ada/a", "removed ada/b/c", "removed ada/b/d", "removed bob/e"])
    let digest = try #require(try ledger.row(at: Array("ada/a".utf8))?.proof?.digest.description)
    let list = try String(contentsOfFile: fixture.place.file("deleted"), encoding: .utf8)
    #expect(list.contains("\t\(digest)\t16\tada/a"))
    let verified = try fixture.verify(ledger)
    #expect(verified.lines.isEmpty && verified.outcome.removed == 4 && verified.outcome.same.files == 4)
    try fixture.run(ledger)
    #expect(try ledger.rowsMissing(limit: 9).isEmpty)
    #expect(try fixture.prune(ledger).outcome == PruneOutcome(), "a second time has nothing to do")
  }

  @Test func `only files that were verified before the date are removed`() throws {
    let ledger = try fixture.proven()
    #expect(try fixture.prune(ledger, { _, _ in }, { $0.verifiedBefore = .now - 3600 }).outcome.removed.files == 0)
    let row = try #require(try ledger.row(at: Array("ada/a".utf8)))
    try ledger.confirm([], doubtful: [row.id], run: 1, at: .now)
    try fixture.prune(ledger)
    #expect(fixture.tree.walk().paths == [Array("ada/a".utf8)])
  }

  @Test func `a dry run removes nothing and lists nothing`() throws {
    let ledger = try fixture.proven()
    #expect(try fixture.prune(ledger, { _, _ in }, { $0.isDryRun = true }).outcome.removed.files == 4)
    #expect(fixture.tree.walk().files.count == 4 && (try? fixture.listed()) == nil)
  }

  @Test func `folders that become empty go on request, and the root and other folders stay`() throws {
    try fixture.tree.makeFolder("carl/empty")
    try fixture.tree.write("bob/other", "not migrated")
    let ledger = try fixture.proven()
    try fixture.tree.write("bob/new", "came later")
    let outcome = try fixture.prune(ledger, { _, _ in }, { $0.removesEmptyFolders = true }).outcome
    #expect(outcome.folders == 2 && !fixture.has("ada") && fixture.has("bob/new") && fixture.has("carl/empty"))
  }

  @Test(arguments: ["received", "quarantined", "purging", "purged"])
  func `files whose record is not ready or deleted stay`(state: String) throws {
    let ledger = try fixture.proven()
    try fixture.finish(ledger, state)
    #expect(try fixture.prune(ledger).outcome.kept.files == 4)
    #expect(fixture.tree.walk().files.count == 4)
    if state == "quarantined" {
      try fixture.prune(ledger, { _, _ in }, { $0.includesQuarantined = true })
      #expect(fixture.tree.walk().files.isEmpty)
    }
  }

  @Test func `files that were accepted without a scan stay unless they are named`() throws {
    let ledger = try fixture.proven()
    try fixture.change("UPDATE files SET accepts_unscanned = 1 WHERE raw_key = 'ada/a'")
    #expect(try fixture.prune(ledger).kept.count == 1 && fixture.has("ada/a"))
    try fixture.prune(ledger, { _, _ in }, { $0.includesUnscanned = true })
    #expect(!fixture.has("ada/a"))
  }

  @Test func `a file deleted in Stowage may go, and one without a record stays`() throws {
    let ledger = try fixture.proven()
    let record = try fixture.record(ledger, "ada/a")
    try #require(try fixture.database.delete(record.id, of: record.user, at: .now))
    try fixture.change("DELETE FROM files WHERE raw_key = 'bob/e'")
    try fixture.prune(ledger)
    #expect(fixture.tree.walk().paths == [Array("bob/e".utf8)])
  }

  @Test(arguments: [false, true])
  func `a file whose object is missing, other or unproven stays`(readsBack: Bool) throws {
    let ledger = try fixture.proven()
    try fixture.flip(ledger, "ada/a")
    let row = try #require(try ledger.row(at: Array("ada/b/c".utf8)))
    try fixture.store.delete("ada/b/c", in: RunFixture.bucket, version: row.proof?.version.map(VersionID.init))
    let (kept, _) = try fixture.prune(ledger, { _, _ in }, { $0.readsBack = readsBack })
    #expect(kept.count == 2 && fixture.has("ada/a") && fixture.has("ada/b/c") && !fixture.has("bob/e"))
  }

  @Test func `a store that does not know the bucket ends the removal before the first file`() throws {
    let ledger = try fixture.proven()
    let prune = Prune(
      fixture.tree.root,
      ledger: ledger,
      database: fixture.database,
      store: MemoryStore(),
      bucket: RunFixture.bucket,
      list: try PruneList(fixture.place.file("deleted")),
      settings: PruneSettings(verifiedBefore: .now + 60)
    )
    _ = try prune.run(1) { #expect($0.kept != nil) }
    #expect(fixture.tree.walk().files.count == 4)
  }

  /// The report of the walk of a further run.
  private func report(_ ledger: MigrationLedger) throws -> PlanReport {
    let number = try ledger.beginRun("run", options: "{}", at: .now)
    return try Planner(PlanSettings()).plan(fixture.tree.root, into: ledger, run: number)
  }

  @Test func `a removed file has not vanished for a later run, and is never deleted in Stowage`() throws {
    let ledger = try fixture.proven()
    try fixture.prune(ledger)
    let pruned = try report(ledger)
    #expect(pruned.difference.vanished.files == 0 && pruned.missing == 0 && pruned.pruned.files == 4)
    #expect(pruned.words.contains("0 vanished, 4 deleted by prune"))
    #expect(try MigrationStatus(ledger).words.contains("deleted from the disk by prune: 4 files"))
    #expect(
      try VanishedFiles(fixture.tree.root, ledger, fixture.database).trash(run: 9, hasObject: { _ in false })
        == TrashOutcome()
    )
    try fixture.tree.write("ada/a", "content of ada/a")
    #expect(try report(ledger).pruned.files == 3)
    unlink(fixture.tree.folder.file("ada/a"))
    #expect(try report(ledger).missing == 1, "a file that came back and was deleted by somebody has vanished")
  }

  @Test func `a removal is recorded before it happens, so a run after a kill misses nothing`() throws {
    let ledger = try fixture.proven()
    let wasRecorded = Mutex<[Bool]>([])
    let (kept, outcome) = try fixture.prune(
      ledger,
      { [other = fixture.tree.folder.file("bob/e")] moment, path in
        guard moment == .announced else { return }
        wasRecorded.withLock { $0.append((try? ledger.row(at: path))??.removedAt != nil) }
        if path == Array("bob/e".utf8) { unlink(other) }
      }
    )
    #expect(wasRecorded.withLock { $0 } == [true, true, true, true])
    #expect(kept == ["bob/e: it is no longer there"] && outcome.removed.files == 3)
    #expect(try report(ledger).missing == 1, "another program deleted one")
  }

  @Test func `folders that an earlier removal left empty go at the next one`() throws {
    let ledger = try fixture.proven()
    try fixture.tree.makeFolder("ada/other")
    try fixture.prune(ledger)
    #expect(fixture.has("ada/b") && fixture.has("bob"))
    let outcome = try fixture.prune(ledger, { _, _ in }, { $0.removesEmptyFolders = true }).outcome
    #expect(outcome.folders == 2 && !fixture.has("ada/b") && !fixture.has("bob") && fixture.has("ada/other"))
  }

  @Test func `without the folder, ledger, database and bucket are compared, and nothing is said about the disk`() throws
  {
    let ledger = try fixture.proven()
    try fixture.prune(ledger)
    try fixture.tree.write("ada/late", "sent, and still on the disk")
    try fixture.run(ledger)
    try fixture.flip(ledger, "bob/e")
    let (lines, outcome) = try fixture.verify(ledger, hasFolder: false)
    #expect(lines == ["* bob/e"] && outcome.isFolderMissing && outcome.disk.files == 0)
    #expect(outcome.same.files == 4 && outcome.removed == 3 && outcome.withoutFolder.files == 1)
    try fixture.tree.write("ada/unsent", "only the disk had it")
    _ = try fixture.plan(ledger)
    #expect(try fixture.verify(ledger, hasFolder: false).lines == ["* bob/e", "- ada/unsent"])
    #expect(try fixture.verify(ledger).lines == ["* bob/e", "- ada/unsent"])
  }

  @Test func `nothing is removed if the list cannot be written`() throws {
    let ledger = try fixture.proven()
    #expect(throws: PruneError.self) { try PruneList(fixture.place.path) }
    try #require(symlink("/dev/null", fixture.place.file("link")) == 0)
    #expect(throws: PruneError.self) { try PruneList(fixture.place.file("link")) }
    _ = ledger
  }

  @Test func `a stopped removal ends, and the next one removes the rest`() throws {
    for number in 0..<100 { try fixture.tree.write("ada/many/\(number)", "content") }
    let ledger = try fixture.proven()
    let prune = Prune(
      fixture.tree.root,
      ledger: ledger,
      database: fixture.database,
      store: fixture.store,
      bucket: RunFixture.bucket,
      list: try PruneList(fixture.place.file("deleted")),
      settings: PruneSettings(verifiedBefore: .now + 60, threads: 2)
    )
    prune.stop()
    let outcome = try prune.run(1) { _ in }
    #expect(outcome.isStopped && outcome.removed.files == 0 && fixture.tree.walk().files.count == 104)
    #expect(try fixture.prune(ledger).outcome.removed.files == 104)
  }
}
