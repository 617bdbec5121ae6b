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
    let planner = BucketPlanner(PlanSettings())
    func place(_ key: String, size: Int64 = 1) -> BucketPlanner.Place {
      planner.place(of: ObjectSummary(key: key, size: size, etag: ETag("x"), lastModified: .now), in: source)
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
