import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

/// A tree, its ledger, a database and a bucket.
struct RunFixture {
  static let bucket = "uploads-raw"

  let tree: TreeFixture
  let place: ScratchFolder
  let store = MemoryStore()
  let database: FileDatabase
  private let identity: LedgerIdentity

  init(isVersioned: Bool = true) throws {
    tree = try TreeFixture()
    place = try ScratchFolder()
    database = try FileDatabase(path: place.file("stowage.sqlite"))
    try store.createBucket(Self.bucket)
    try store.setVersioning(isVersioned, of: Self.bucket)
    identity = LedgerIdentity(
      tree: tree.root.path,
      device: tree.root.device,
      inode: tree.root.inode,
      endpoint: "memory",
      bucket: Self.bucket
    )
  }

  func ledger() throws -> MigrationLedger {
    try MigrationLedger(path: place.file("uploads.ledger"), for: identity)
  }

  /// Brings the ledger up to date with the tree, and returns the number of the run.
  func plan(_ ledger: MigrationLedger) throws -> Int64 {
    let number = try ledger.beginRun("run", options: "{}", at: .now)
    _ = try Planner(PlanSettings()).plan(tree.root, into: ledger, run: number)
    return number
  }

  func makeRun(
    _ ledger: MigrationLedger,
    _ store: (any ObjectStore)? = nil,
    makesUsers: Bool = true,
    besideUploads: Pace? = .besideUploads,
    processing: MigratedProcessing = .now
  ) -> MigrationRun {
    var settings = RunSettings(migration: "test", threads: 4)
    settings.makesUsers = makesUsers
    settings.besideUploads = besideUploads
    settings.processing = processing
    settings.queuesUnchecked = processing != .never
    return MigrationRun(
      tree.root,
      ledger: ledger,
      database: database,
      sender: FileSender(
        store: store ?? self.store,
        bucket: Self.bucket,
        settings: .small,
        journal: LedgerJournal(ledger)
      ),
      settings: settings
    )
  }

  /// Plans and runs.
  @discardableResult
  func run(_ ledger: MigrationLedger, makesUsers: Bool = true) throws -> RunOutcome {
    let number = try plan(ledger)
    return try makeRun(ledger, makesUsers: makesUsers).run(number)
  }

  func record(_ ledger: MigrationLedger, _ path: String) throws -> FileRecord {
    let file = try #require(try ledger.row(at: Array(path.utf8))?.file)
    return try #require(try database.file(file))
  }

  func state(_ ledger: MigrationLedger, _ path: String) throws -> LedgerState? {
    try ledger.row(at: Array(path.utf8))?.state
  }
}

@Suite struct MigrationRunTests {
  let fixture: RunFixture

  init() throws { fixture = try RunFixture() }

  @Test func `every file arrives with its digest, its version, its owner and a job`() throws {
    for path in ["ada/a.jpg", "ada/2019/b c.txt", "bob/c"] { try fixture.tree.write(path, path) }
    let ledger = try fixture.ledger()
    let outcome = try fixture.run(ledger)
    #expect(outcome.sent.files == 3 && outcome.failed == 0 && !outcome.isStopped)
    #expect(try ledger.totals()[.received]?.files == 3)
    for path in ["ada/a.jpg", "ada/2019/b c.txt", "bob/c"] {
      let record = try fixture.record(ledger, path)
      let head = try fixture.store.head(path, in: RunFixture.bucket)
      #expect(record.state == .received && record.rawKey == path && record.versionID == head.version?.description)
      #expect(record.claimedSize == Int64(path.utf8.count) && record.visibility == .private)
      #expect(try ledger.row(at: Array(path.utf8))?.proof?.digest == record.claimedSHA256)
      #expect(head.metadata["uploader-id"] == record.user.written && head.metadata["mtime"] != nil)
      #expect(try fixture.database.job(.process, of: record.id) != nil)
    }
    #expect(try fixture.database.user(#require(UserID("ada")))?.reservedBytes == 25)
    #expect(try fixture.run(ledger).sent.files == 0, "a second run has nothing to do")
    #expect(try fixture.store.allVersionCount(RunFixture.bucket) == 3)
  }

  @Test func `a run slows down while a user uploads, and only then`() throws {
    for number in 0..<3 { try fixture.tree.write("ada/\(number)", "content") }
    let ledger = try fixture.ledger()
    let first = try fixture.plan(ledger)
    let endless = Pace(requests: 1, requestsPerSecond: 1e-9, bytesPerSecond: 1)
    #expect(try fixture.makeRun(ledger, besideUploads: endless).run(first).sent.files == 3)

    for number in 3..<13 { try fixture.tree.write("ada/\(number)", "content") }
    let second = try fixture.plan(ledger)
    let user = try #require(UserID("eve"))
    _ = try fixture.database.user(user, plan: .standard, quotaBytes: 1000, at: .now)
    let claim = try UploadClaim(
      filename: "a.png",
      size: 1,
      contentType: "image/png",
      visibility: "private",
      policy: UploadPolicy()
    )
    let key = RawKey(user: user, file: FileID(at: .now), type: .png)
    let upload = NewUpload(key: key, claim: claim, expiresAt: .now + 900)
    try #require(fixture.database.reserve(upload, at: .now) == .reserved)
    let start = ContinuousClock.now
    let slow = Pace(requests: 1, requestsPerSecond: 20, bytesPerSecond: 1e9)
    #expect(try fixture.makeRun(ledger, besideUploads: slow).run(second).sent.files == 10)
    #expect(ContinuousClock.now - start >= .milliseconds(450))
  }

  @Test func `a run continues after each of its steps`() throws {
    for number in 0..<4 { try fixture.tree.write("ada/\(number)", "content \(number)") }
    let ledger = try fixture.ledger()
    let number = try fixture.plan(ledger)
    let rows = try ledger.rows(in: .found, limit: 9)
    let run = fixture.makeRun(ledger)
    // The database has the first three files, and the ledger calls two of them begun; the third was even sent.
    _ = try run.begin(Array(rows.prefix(2)), number, .now)
    _ = try fixture.makeRun(ledger).begin([rows[2]], number, .now)
    let bytes = Array("content \(String(decoding: rows[2].path, as: UTF8.self).suffix(1))".utf8)
    _ = try fixture.store.put(.bytes(bytes), to: #require(rows[2].key), in: RunFixture.bucket, options: PutOptions())
    let migration = fixture.makeRun(ledger)
    let outcome = try migration.run(number)
    #expect(outcome.sent.files == 4 && outcome.present == 1 && outcome.failed == 0)
    #expect(migration.progress.files == 4 && migration.progress.bytes == outcome.sent.bytes)
    #expect(try ledger.totals()[.received]?.files == 4)
    #expect(try fixture.store.allVersionCount(RunFixture.bucket) == 4)
  }

  @Test func `an object that was sent and not delivered is delivered without another upload`() throws {
    try fixture.tree.write("ada/a", "hello")
    let ledger = try fixture.ledger()
    let number = try fixture.plan(ledger)
    let row = try #require(try fixture.makeRun(ledger).begin(ledger.rows(in: .found, limit: 1), number, .now).first)
    let digest = try #require(
      SHA256Digest(hexadecimal: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    )
    try ledger.record(.sent(LedgerProof(digest: digest, version: "v1")), of: row.id, run: number)
    let outcome = try fixture.makeRun(ledger).run(number)
    #expect(outcome.sent.files == 0 && outcome.failed == 0)
    let record = try fixture.record(ledger, "ada/a")
    #expect(record.state == .received && record.claimedSHA256 == digest && record.versionID == "v1")
    #expect(try fixture.state(ledger, "ada/a") == .received)
  }

  @Test func `a file that grew after the walk arrives with its new length, in the record and in the quota`() throws {
    try fixture.tree.write("ada/a", "short")
    let ledger = try fixture.ledger()
    let number = try fixture.plan(ledger)
    try fixture.tree.write("ada/a", "much longer")
    let outcome = try fixture.makeRun(ledger).run(number)
    #expect(outcome.sent == LedgerTotal(files: 1, bytes: 11))
    #expect(try fixture.record(ledger, "ada/a").claimedSize == 11)
    #expect(try fixture.database.user(#require(UserID("ada")))?.reservedBytes == 11)
    #expect(try ledger.row(at: Array("ada/a".utf8))?.facts.size == 11)
  }

  @Test func `a file of the year 2400 arrives, and stays unchanged for the next run`() throws {
    try fixture.tree.write("ada/a", "hello")
    var times = Array(repeating: timespec(tv_sec: 13_569_465_600, tv_nsec: 5), count: 2)
    utimensat(AT_FDCWD, fixture.tree.folder.file("ada/a"), &times, 0)
    let ledger = try fixture.ledger()
    #expect(try fixture.run(ledger).sent.files == 1)
    #expect(try ledger.row(at: Array("ada/a".utf8))?.facts.mtime == .max)
    #expect(try fixture.run(ledger).sent.files == 0)
  }

  @Test func `a file that vanished after the walk is reported, and holds nothing of the quota`() throws {
    for name in ["a", "b"] { try fixture.tree.write("ada/\(name)", "hello") }
    let ledger = try fixture.ledger()
    let number = try fixture.plan(ledger)
    try FileManager.default.removeItem(atPath: fixture.tree.folder.file("ada/a"))
    let outcome = try fixture.makeRun(ledger).run(number)
    #expect(outcome.vanished == 1 && outcome.sent.files == 1 && outcome.failed == 0)
    #expect(try fixture.state(ledger, "ada/a") == .vanished)
    #expect(try fixture.database.user(#require(UserID("ada")))?.reservedBytes == 5)
  }

  @Test func `files of unknown users wait until users may be created`() throws {
    try fixture.tree.write("ada/a", "hello")
    let ledger = try fixture.ledger()
    let refused = try fixture.run(ledger, makesUsers: false)
    #expect(refused.failed == 1 && refused.sent.files == 0)
    #expect(try ledger.rows(in: .failed, limit: 1).first?.error?.contains("--create-users") == true)
    #expect(try fixture.run(ledger).sent.files == 1)
    #expect(try fixture.record(ledger, "ada/a").state == .received)
  }

  @Test func `a key with an object of somebody else is left alone, and the file gets another key`() throws {
    try fixture.tree.write("ada/a", "mine")
    _ = try fixture.store.put(.bytes([1, 2]), to: "ada/a", in: RunFixture.bucket, options: PutOptions())
    let ledger = try fixture.ledger()
    let outcome = try fixture.run(ledger)
    #expect(outcome.failed == 0 && outcome.sent.files == 1 && outcome.rekeyed == 1)
    #expect(try fixture.store.head("ada/a", in: RunFixture.bucket).size == 2)
    let record = try fixture.record(ledger, "ada/a")
    #expect(record.state == .received && record.rawKey == "ada/\(record.id)/original")
    #expect(try fixture.store.head(record.rawKey, in: RunFixture.bucket).size == 4)
    #expect(try ledger.findings(FindingCode.rekeyed.rawValue, limit: 9).map(\.path) == [Array("ada/a".utf8)])
    #expect(try MigrationStatus(ledger).words.contains("another has the key: 1 file"))
    #expect(try fixture.database.user(record.user)?.reservedBytes == 4)
    #expect(try fixture.database.file(formerPath: FormerPath(user: record.user, path: [0x61]))?.id == record.id)
  }

  @Test func `a file that its owner deleted in Stowage does not come back`() throws {
    try fixture.tree.write("ada/a", "hello")
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let record = try fixture.record(ledger, "ada/a")
    try #require(try fixture.database.delete(record.id, of: record.user, at: .now))
    let row = try #require(try ledger.row(at: Array("ada/a".utf8)))
    try ledger.record(.failed("as if the ledger had lost the end of the run"), of: row.id, run: 1)
    let outcome = try fixture.run(ledger)
    #expect(outcome.deleted == 1 && outcome.sent.files == 0)
    #expect(try fixture.state(ledger, "ada/a") == .deleted)
    #expect(try fixture.run(ledger).deleted == 0 && fixture.state(ledger, "ada/a") == .deleted)
  }

  @Test func `a store that refuses every file ends the run, and the next run continues`() throws {
    for number in 0..<20 { try fixture.tree.write("ada/\(number)", "hello") }
    let ledger = try fixture.ledger()
    let number = try fixture.plan(ledger)
    let wrong = MemoryStore()
    #expect(throws: MigrationError.self) { try fixture.makeRun(ledger, wrong).run(number) }
    #expect(try fixture.run(ledger).sent.files == 20)
    #expect(try ledger.totals()[.received]?.files == 20)
  }

  @Test func `a stopped run leaves nothing half done`() throws {
    for number in 0..<300 { try fixture.tree.write("ada/\(number)", "hello") }
    let ledger = try fixture.ledger()
    let number = try fixture.plan(ledger)
    let run = fixture.makeRun(ledger)
    run.stop()
    let outcome = try run.run(number)
    #expect(outcome.isStopped || outcome.sent.files == 300)
    #expect(try fixture.run(ledger).failed == 0)
    #expect(try ledger.totals()[.received]?.files == 300)
    #expect(try fixture.store.allVersionCount(RunFixture.bucket) == 300)
  }

  @Test func `the status shows what failed, and why`() throws {
    try fixture.tree.write("ada/a", "hello")
    try fixture.tree.write("no user/x", "hello")
    let ledger = try fixture.ledger()
    try fixture.run(ledger, makesUsers: false)
    let status = try MigrationStatus(ledger)
    #expect(status.failed.map(\.path) == ["ada/a"] && status.runs == 1)
    #expect(status.words.contains("ada/a: there is no user ada"))
    let behind = try #require(status.findings.first { $0.code == .notAUser })
    #expect(status.stayBehind == 1 && behind.staysBehind && behind.examples == ["no user/x (no user)"])
    #expect(status.words.contains("whose name is no user: 1\n  no user/x (no user)"), "\(status.words)")
  }
}

extension MemoryStore {
  /// The number of versions in a bucket.
  fileprivate func allVersionCount(_ bucket: String) throws -> Int {
    try listVersions(bucket, prefix: "", after: nil, limit: 1000).items.count
  }
}
