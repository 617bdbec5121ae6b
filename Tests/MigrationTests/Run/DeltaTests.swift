import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

extension RunFixture {
  /// Makes a file ready, as a worker does.
  func publish(_ file: FileRecord) throws {
    let job = try #require(try database.leaseJob(.process, of: file.id, seconds: 60, at: .now))
    let publication = Publication(
      versionID: file.versionID,
      size: file.claimedSize,
      sha256: try #require(file.claimedSHA256),
      isPlain: true,
      variants: []
    )
    try #require(try database.publish(publication, under: job, at: .now))
    try #require(try database.finish(job, at: .now))
  }
}

/// Runs after the first one: changed, vanished and deleted files.
@Suite struct DeltaTests {
  let fixture: RunFixture
  let ledger: MigrationLedger
  private let ada: UserID

  init() throws {
    fixture = try RunFixture()
    ledger = try fixture.ledger()
    ada = try #require(UserID("ada"))
  }

  private func served(_ path: String) throws -> FileRecord? {
    try fixture.database.file(formerPath: FormerPath(user: ada, path: Array(path.utf8)))
  }

  private func remove(_ path: String) throws {
    try FileManager.default.removeItem(atPath: fixture.tree.folder.file(path))
  }

  /// Writes, runs, and makes the file ready.
  @discardableResult
  private func bring(_ path: String, _ content: String) throws -> FileRecord {
    try fixture.tree.write(path, content)
    try fixture.run(ledger)
    let record = try fixture.record(ledger, path)
    try fixture.publish(record)
    return record
  }

  private func report() throws -> PlanReport {
    let number = try ledger.beginRun("run", options: "{}", at: .now)
    return try Planner(PlanSettings()).plan(fixture.tree.root, into: ledger, run: number)
  }

  private func trash() throws -> TrashOutcome {
    try VanishedFiles(fixture.tree.root, ledger, fixture.database).trash(run: 1, hasObject: { _ in true })
  }

  // MARK: Changed files

  @Test func `a changed file replaces the old one as soon as it is ready, and both keep their objects`() throws {
    let old = try bring("ada/a", "old")
    try fixture.tree.write("ada/a", "newer")
    #expect(try fixture.run(ledger).sent.files == 1)
    let new = try fixture.record(ledger, "ada/a")
    #expect(new.id != old.id && new.predecessor == old.id && new.rawKey == "ada/\(new.id)/original")
    #expect(try served("a")?.id == old.id)
    try fixture.publish(new)
    #expect(try served("a")?.id == new.id && fixture.database.file(old.id)?.state == .deleted)
    #expect(try fixture.store.head("ada/a", in: RunFixture.bucket).size == 3)
    #expect(try fixture.store.head(new.rawKey, in: RunFixture.bucket).size == 5)
    #expect(try fixture.run(ledger).sent.files == 0 && fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a file that changed before it was sent holds nothing, and one that was sent is delivered`() throws {
    for name in ["begun", "sent"] { try fixture.tree.write("ada/\(name)", "old") }
    let number = try fixture.plan(ledger)
    let rows = try fixture.makeRun(ledger).begin(ledger.rows(in: .found, limit: 9), number, .now)
    let sent = try #require(rows.first { $0.path == Array("ada/sent".utf8) })
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
    try ledger.record(.sent(LedgerProof(digest: digest, version: "v1")), of: sent.id, run: number)
    for name in ["begun", "sent"] { try fixture.tree.write("ada/\(name)", "newer") }
    #expect(try fixture.run(ledger).sent.files == 2)
    #expect(try fixture.record(ledger, "ada/sent").predecessor == sent.file)
    #expect(try fixture.record(ledger, "ada/begun").predecessor == nil)
    let states = try rows.map { row in try #require(try row.file.flatMap(fixture.database.file)).state }
    #expect(Set(states) == [.aborted, .received])
    #expect(try fixture.database.user(ada)?.reservedBytes == 3 + 5 + 5 && fixture.database.recountQuotas().isEmpty)
    #expect(try ledger.unsettled(limit: 9).isEmpty)
  }

  @Test func `a file that its owner deleted does not come back when it changes, until it is restored`() throws {
    let old = try bring("ada/a", "old")
    try #require(try fixture.database.delete(old.id, of: ada, at: .now))
    #expect(try fixture.run(ledger).deleted == 0)
    try fixture.tree.write("ada/a", "newer")
    let outcome = try fixture.run(ledger)
    #expect(outcome.deleted == 1 && outcome.sent.files == 0 && outcome.failed == 0)
    #expect(try fixture.state(ledger, "ada/a") == .deleted && fixture.record(ledger, "ada/a").id == old.id)
    #expect(try fixture.run(ledger).deleted == 0 && served("a")?.id == old.id)
    try #require(
      try fixture.database.restore(old.id, of: ada, variants: [], deletedAfter: .distantPast, at: .now)
    )
    try fixture.tree.write("ada/a", "newest of all")
    #expect(try fixture.run(ledger).sent.files == 1)
    let newest = try fixture.record(ledger, "ada/a")
    try fixture.publish(newest)
    #expect(try served("a")?.id == newest.id && fixture.database.recountQuotas().isEmpty)
  }

  @Test func `an object that arrives after its file was deleted does not stay in the bucket`() throws {
    try fixture.tree.write("ada/a", "hello")
    let number = try fixture.plan(ledger)
    let run = fixture.makeRun(ledger)
    let row = try #require(try run.begin(ledger.rows(in: .found, limit: 1), number, .now).first)
    let file = try #require(row.file)
    try #require(try fixture.database.delete(file, of: ada, at: .now))
    let put = try fixture.store.put(
      .bytes(Array("hello".utf8)),
      to: "ada/a",
      in: RunFixture.bucket,
      options: PutOptions()
    )
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
    try ledger.record(.sent(LedgerProof(digest: digest, version: put.version?.description)), of: row.id, run: number)
    #expect(try fixture.makeRun(ledger).run(number).deleted == 1)
    #expect(throws: StoreError.self) { try fixture.store.head("ada/a", in: RunFixture.bucket) }
    #expect(try fixture.state(ledger, "ada/a") == .deleted)
  }

  @Test func `a key that a file from elsewhere has is left to it`() throws {
    let other = NewMigratedFile(
      id: FileID(at: .now),
      user: ada,
      filename: "a",
      contentType: "text/plain",
      size: 9,
      rawKey: "ada/a",
      createdAt: .now,
      migration: "another"
    )
    try #require(try fixture.database.beginMigratedFiles([other], makesUsers: true, at: .now) == [.done])
    try fixture.tree.write("ada/a", "mine")
    let outcome = try fixture.run(ledger)
    #expect(outcome.sent.files == 1 && outcome.failed == 0 && outcome.rekeyed == 1)
    #expect(try fixture.record(ledger, "ada/a").rawKey.hasSuffix("/original"))
    #expect(try fixture.database.file(other.id)?.state == .pending && fixture.run(ledger).rekeyed == 0)
  }

  @Test func `a lost ledger is built again from the records of the same paths, and nothing is sent twice`() throws {
    for name in ["same", "deleted", "changed"] { try bring("ada/\(name)", name) }
    let records = try ["same", "deleted", "changed"].map { try fixture.record(ledger, "ada/\($0)") }
    try #require(try fixture.database.delete(records[1].id, of: ada, at: .now))
    try fixture.tree.write("ada/changed", "another content")
    let place = try ScratchFolder()
    let other = try MigrationLedger(path: place.file("other"), for: ledger.identity())
    let outcome = try fixture.run(other)
    #expect(outcome.sent.files == 1 && outcome.present == 1 && outcome.deleted == 1 && outcome.rekeyed == 1)
    #expect(try fixture.record(other, "ada/same") == records[0] && fixture.state(other, "ada/same") == .received)
    #expect(try other.row(at: Array("ada/same".utf8))?.proof?.digest == records[0].claimedSHA256)
    #expect(try fixture.state(other, "ada/deleted") == .deleted)
    #expect(try fixture.record(other, "ada/changed").rawKey.hasSuffix("/original"))
    #expect(try fixture.database.file(records[2].id)?.state == .ready, "the other ledger may be that of another folder")
    #expect(try fixture.run(other).sent.files == 0)
  }

  // MARK: Vanished files

  @Test func `vanished files are listed and kept, and the trash deletes them, restorable`() throws {
    let gone = try bring("ada/gone", "gone")
    try bring("ada/here", "here")
    try remove("ada/gone")
    #expect(try report().missing == 1)
    let status = try MigrationStatus(ledger)
    #expect(status.missing == 1 && status.missingPaths == ["ada/gone"] && status.words.contains("ada/gone"))
    #expect(try fixture.database.file(gone.id)?.state == .ready)
    #expect(
      try trash()
        == {
          var outcome = TrashOutcome(); outcome.deleted = 1; return outcome
        }()
    )
    #expect(try fixture.database.file(gone.id)?.isRestorable == true && ledger.missingCount() == 0)
    #expect(try trash().deleted == 0 && fixture.state(ledger, "ada/gone") == .vanished)
    let back = try bring("ada/gone", "back again")
    #expect(try back.id != gone.id && served("gone")?.id == back.id)
    #expect(try fixture.database.recountQuotas().isEmpty)
  }

  @Test func `the trash spares what is back on the disk, and what is not checked`() throws {
    for name in ["back", "unchecked"] { try fixture.tree.write("ada/\(name)", name) }
    try fixture.run(ledger)
    for name in ["back", "unchecked"] { try remove("ada/\(name)") }
    #expect(try report().missing == 2)
    try fixture.tree.write("ada/back", "back")
    let outcome = try trash()
    #expect(outcome.present == 1 && outcome.kept == 1 && outcome.deleted == 0)
    #expect(try fixture.record(ledger, "ada/unchecked").state == .received)
  }

  @Test func `files that moved to another disk behind a symbolic link are kept`() throws {
    for path in ["ada/album/a", "ada/b"] { try bring(path, path) }
    let elsewhere = try ScratchFolder()
    for name in ["album", "b"] {
      let path = fixture.tree.folder.file("ada/\(name)")
      try FileManager.default.moveItem(atPath: path, toPath: elsewhere.file(name))
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: elsewhere.file(name))
    }
    #expect(try report().missing == 2)
    let outcome = try trash()
    #expect(outcome.kept == 2 && outcome.deleted == 0)
    for path in ["ada/album/a", "ada/b"] { #expect(try fixture.record(ledger, path).state == .ready) }
  }

  @Test func `a walk that proves nothing deletes nothing`() throws {
    for number in 0..<30 { try fixture.tree.write("ada/\(number)") }
    try fixture.tree.write("bob/x")
    try fixture.run(ledger)
    func refusal(_ percent: Int = 10) throws -> TrashRefusal? {
      VanishedFiles.refusal(of: try report(), percent: percent)
    }
    #expect(try refusal() == nil)
    for number in 0..<10 { try remove("ada/\(number)") }
    #expect(try refusal() == nil, "ten files are always permitted")
    try remove("ada/10")
    #expect(try refusal() == .tooMany(missing: 11, of: 31, percent: 10) && refusal(50) == nil)
    let run = try ledger.beginRun("run", options: "{}", at: .now)
    try ledger.add([LedgerFinding(code: "mount-point", path: Array("bob".utf8), isLasting: false)], run: run)
    #expect(try refusal(50) == .unmounted(1) && refusal(50) == .unmounted(1) && refusal(100) == nil)
    let stopped = try Planner(PlanSettings()).plan(fixture.tree.root, into: ledger, run: run, shouldStop: { true })
    #expect(stopped.isComplete || VanishedFiles.refusal(of: stopped, percent: 100) == .incomplete)
    for folder in ["ada", "bob"] { try remove(folder) }
    #expect(try refusal(100) == .empty)
    for case let refusal in [TrashRefusal.incomplete, .empty, .unreadable(2), .unmounted(1)] {
      #expect(refusal.description.hasPrefix("Nothing was deleted in Stowage. "))
    }
  }

  // MARK: Checks

  @Test func `files that no run has queued are queued at the end of a run that queues`() throws {
    try fixture.tree.write("ada/a", "hello")
    var settings = RunSettings(migration: "test", threads: 2)
    settings.makesUsers = true
    settings.processing = .never
    settings.queuesUnchecked = false
    func run(_ settings: RunSettings) throws -> RunOutcome {
      let number = try fixture.plan(ledger)
      let sender = FileSender(store: fixture.store, bucket: RunFixture.bucket, settings: .small)
      return try MigrationRun(
        fixture.tree.root,
        ledger: ledger,
        database: fixture.database,
        sender: sender,
        settings: settings
      ).run(number)
    }
    #expect(try run(settings).queued == 0)
    let file = try fixture.record(ledger, "ada/a").id
    #expect(try fixture.database.job(.process, of: file) == nil)
    settings.queuesUnchecked = true
    settings.processing = .later(.now + 1000)
    #expect(try run(settings).queued == 1)
    #expect(try #require(try fixture.database.job(.process, of: file)).dueAt > .now + 900)
    #expect(try run(settings).queued == 0)
  }

  @Test func `a run of another folder leaves files alone that were to be checked on demand`() throws {
    try fixture.tree.write("ada/a", "hello")
    let number = try fixture.plan(ledger)
    _ = try fixture.makeRun(ledger, processing: .never).run(number)
    let file = try fixture.record(ledger, "ada/a").id
    let elsewhere = try TreeFixture()
    try elsewhere.write("ada/other", "hello")
    let identity = elsewhere.root.identity(endpoint: "memory", bucket: RunFixture.bucket)
    let other = try MigrationLedger(path: fixture.place.file("other.ledger"), for: identity)
    let run = try other.beginRun("run", options: "{}", at: .now)
    _ = try Planner(PlanSettings()).plan(elsewhere.root, into: other, run: run)
    let sender = FileSender(store: fixture.store, bucket: RunFixture.bucket, settings: .small)
    let settings = RunSettings(migration: "other", threads: 2)
    let outcome = try MigrationRun(
      elsewhere.root,
      ledger: other,
      database: fixture.database,
      sender: sender,
      settings: settings
    ).run(run)
    #expect(outcome.sent.files == 1 && outcome.queued == 0)
    #expect(try fixture.database.job(.process, of: file) == nil)
    #expect(try fixture.run(ledger).queued == 1, "the next run of the folder itself")
  }
}
