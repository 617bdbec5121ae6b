import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

@Suite struct BucketSourceTests {
  private let origin: FaultyStore
  private let store = MemoryStore()
  private let place: ScratchFolder
  private let database: FileDatabase
  private let source: BucketSource
  private let target = "uploads-raw"

  init() throws {
    place = try ScratchFolder()
    database = try FileDatabase(path: place.file("stowage.sqlite"))
    origin = FaultyStore()
    try origin.createBucket("old")
    try store.createBucket(target)
    try store.setVersioning(true, of: target)
    source = try #require(BucketSource("s3://old/up", at: "https://old", store: origin, folder: place.path))
  }

  private func put(_ key: String, _ text: String) throws {
    _ = try origin.memory.put(.bytes(Array(text.utf8)), to: key, in: "old", options: PutOptions())
  }

  private func ledger() throws -> MigrationLedger {
    try MigrationLedger(
      path: place.file("source.ledger"),
      for: source.identity(endpoint: "memory", bucket: target)
    )
  }

  private func run(_ ledger: MigrationLedger) throws -> (report: PlanReport, outcome: RunOutcome) {
    let number = try ledger.beginRun("run", options: "{}", at: .now)
    let report = try BucketPlanner(PlanSettings()).plan(source, into: ledger, run: number)
    var settings = RunSettings(migration: "test", threads: 4)
    settings.makesUsers = true
    let run = MigrationRun(
      source,
      ledger: ledger,
      database: database,
      sender: FileSender(store: store, bucket: target, settings: .small),
      settings: settings
    )
    return (report, try run.run(number))
  }

  @Test func `the objects under a prefix become files of their users, and only those`() throws {
    for key in ["up/ada/a.jpg", "up/ada/x/b c+%.txt", "up/bob/e\u{301}", "other/ada/z", "upper/ada/z"] {
      try put(key, key)
    }
    try put("up/ada/folder/", "")
    let ledger = try ledger()
    let (report, outcome) = try run(ledger)
    #expect(report.files.files == 3 && report.folders == 1 && outcome.sent.files == 3 && outcome.failed == 0)
    for key in ["ada/a.jpg", "ada/x/b c+%.txt", "bob/e\u{301}"] {
      #expect(try store.bytes(of: key, in: target, limit: 100) == Array("up/\(key)".utf8), "\(key)")
      let row = try #require(try ledger.row(at: Array(key.utf8)))
      let stored = try digest(of: key, in: target, store)
      #expect(row.state == .received && row.proof?.digest.bytes == stored)
    }
    let again = try run(ledger)
    #expect(again.report.difference.unchanged.files == 3 && again.outcome.sent.files == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).allSatisfy { !$0.contains("source-") })
  }

  /// Compares everything, and returns the lines of differences, sorted, with the result.
  private func verify(
    _ ledger: MigrationLedger,
    hashes: Bool = false
  ) throws -> (lines: [String], outcome: VerifyOutcome) {
    var settings = VerifySettings(threads: 2)
    settings.patience = 0.5
    settings.hashesDisk = hashes
    let verification = Verification(
      .bucket(source),
      ledger: ledger,
      database: database,
      store: store,
      bucket: target,
      settings: settings
    )
    var lines: [String] = []
    let outcome = try verification.run(ledger.beginRun("verify", options: "[]", at: .now)) { line in
      if line.sign != .same { lines.append("\(line.sign.rawValue) \(printable(line.path))") }
    }
    return (lines.sorted(), outcome)
  }

  /// Replaces an object of the source, which keeps the time that the ledger has.
  private func replace(_ key: String, _ text: String, _ ledger: MigrationLedger) throws {
    try put(key, text)
    let row = try #require(try ledger.row(at: Array(key.utf8.dropFirst(3))))
    let time = try origin.memory.head(key, in: "old").lastModified
    let facts = row.facts
    let now = LedgerFacts(
      size: facts.size,
      mtime: wholeSeconds(time),
      inode: facts.inode,
      mode: facts.mode,
      uid: facts.uid,
      gid: facts.gid
    )
    try ledger.record(.reread(now), of: row.id, run: 1)
  }

  @Test func `a source bucket is compared by its list, and by bytes where entity tags differ`() throws {
    for key in ["changed", "gone", "lost", "same", "secretly"] { try put("up/ada/\(key)", "content") }
    let ledger = try ledger()
    _ = try run(ledger)
    let clean = try verify(ledger)
    #expect(clean.lines.isEmpty && clean.outcome.same.files == 5 && clean.outcome.disk.files == 5)
    #expect(clean.outcome.hashed.files == 0 && !clean.outcome.isFolderMissing)
    try put("up/ada/changed", "longer content")
    try put("up/ada/new", "content")
    try origin.memory.delete("up/ada/gone", in: "old", version: nil)
    try replace("up/ada/secretly", "CONTENT", ledger)
    let row = try #require(try ledger.row(at: Array("ada/lost".utf8)))
    try store.delete("ada/lost", in: target, version: row.proof?.version.map(VersionID.init))
    let (lines, outcome) = try verify(ledger)
    #expect(lines == ["* ada/changed", "* ada/secretly", "+ ada/gone", "- ada/lost", "- ada/new"])
    #expect(outcome.hashed.files == 1 && outcome.same.files == 1)
    #expect(try verify(ledger, hashes: true).outcome.hashed.files == 3)
    try origin.memory.delete("up/ada/secretly", in: "old", version: nil)
    #expect(try run(ledger).report.difference.lost.files == 1, "the lost object is sent again")
  }

  @Test func `a changed object becomes a new file, and one that vanished is noticed`() throws {
    for key in ["up/ada/a", "up/ada/b"] { try put(key, "old") }
    let ledger = try ledger()
    _ = try run(ledger)
    try put("up/ada/a", "much newer")
    try origin.memory.delete("up/ada/b", in: "old", version: nil)
    let identity = source.identity(endpoint: "memory", bucket: target)
    let dry = try BucketPlanner(PlanSettings()).dryRun(source, beside: ledger.path, for: identity)
    #expect(dry.difference.changed.files == 1 && dry.difference.vanished.files == 1 && dry.difference.new.files == 0)
    let (report, outcome) = try run(ledger)
    #expect(report.difference.changed.files == 1 && report.difference.vanished.files == 1 && outcome.sent.files == 1)
    let key = try #require(try ledger.row(at: Array("ada/a".utf8))?.key)
    #expect(try store.bytes(of: key, in: target, limit: 100) == Array("much newer".utf8))
  }

  @Test func `an object that vanishes after the listing stops nothing, and one that cannot be read is reported`() throws
  {
    for key in ["up/ada/a", "up/ada/b", "up/ada/c"] { try put(key, key) }
    origin.obey { call, _ in
      guard call.operation == .get else { return nil }
      if call.key == "up/ada/a" { return .before(.notFound) }
      return call.key == "up/ada/b" ? .before(.accessDenied(detail: "policy")) : nil
    }
    let ledger = try ledger()
    let (_, outcome) = try run(ledger)
    #expect(outcome.vanished == 1 && outcome.failed == 1 && outcome.sent.files == 1)
    #expect(try ledger.row(at: Array("ada/b".utf8))?.error?.contains("the source: access denied") == true)
    origin.obey(nil)
    _ = try run(ledger)
    #expect(try ledger.row(at: Array("ada/b".utf8))?.state == .received)
  }

  @Test func `addresses are s3 with a bucket, and each source has a separate identity`() throws {
    for text in ["", "s3://", "s3:///x", "https://a/b", "/uploads", "old/up"] {
      #expect(BucketSource(text, at: "https://old", store: origin) == nil, "\(text)")
    }
    #expect(source.prefix == "up/" && source.bucket == "old")
    let other = try #require(BucketSource("s3://old", at: "https://old", store: origin))
    #expect(other.prefix.isEmpty)
    _ = try ledger()
    #expect(throws: LedgerError.self) {
      _ = try MigrationLedger(
        path: place.file("source.ledger"),
        for: other.identity(endpoint: "memory", bucket: target)
      )
    }
  }

  @Test func `keys with empty segments and dots are reported, and not resolved`() throws {
    func place(_ key: String, size: Int64 = 1) -> BucketSource.Place {
      source.place(of: ObjectSummary(key: key, size: size, etag: ETag("x"), lastModified: .now))
    }
    for path in ["ada//x", "ada/../bob/x", "./y", "ada/z/", "ada/..\\x", "/ada/x", "..", ""] {
      guard case .finding(let finding) = place("up/" + path) else {
        Issue.record("\(path)")
        continue
      }
      #expect(finding.code == FindingCode.keyUnreadable.rawValue && finding.path == Array(path.utf8))
    }
    for path in ["ada/z/", ""] {
      guard case .folder = place("up/" + path, size: 0) else {
        Issue.record("\(path)")
        continue
      }
    }
    guard case .file(let sighting) = place("up/ada/..x/y...") else { throw Unexpected("no file") }
    #expect(sighting.path == Array("ada/..x/y...".utf8) && sighting.facts.mtime % 1_000_000_000 == 0)
    #expect(RestoredFacts(sighting.facts).owner == nil)
  }
}
