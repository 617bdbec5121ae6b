import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct BucketComparisonTests {
  private static let raw = ProcessingFixture.buckets.raw

  private func comparison(_ fixture: ProcessingFixture, pageSize: Int = 1000) -> BucketComparison {
    BucketComparison(database: fixture.database, store: fixture.store, bucket: Self.raw, pageSize: pageSize)
  }

  private func migrated(_ fixture: ProcessingFixture, _ path: String) throws -> FileID {
    let file = try fixture.migrate(Array(path.utf8), to: path, type: "text/plain")
    #expect(try fixture.next() == .ready)
    return file
  }

  private func queued(_ fixture: ProcessingFixture) throws -> Int {
    try fixture.database.jobStatistics(.process, at: .now).queued
  }

  /// Ten files: some covered by a marker or an object, one without its version.
  private func filled() throws -> (ProcessingFixture, covered: Set<FileID>, missing: Set<FileID>) {
    let fixture = try ProcessingFixture()
    let files = try ["a", "b/c", "b.d", "e\u{301}", "\u{E9}", "f", "g", "h"].map { try migrated(fixture, $0) }
    let uploads = try (0..<2).map { _ in
      let file = try fixture.upload(Document.pdf(), .pdf)
      #expect(try fixture.next() == .ready)
      return file
    }
    let memory = fixture.store.memory
    for file in [files[1], files[3], uploads[0]] {
      try memory.delete(fixture.record(file).rawKey, in: Self.raw)
    }
    for file in [files[5], uploads[1]] { try fixture.put([1], for: file) }
    for _ in 0..<3 { try fixture.put([1], for: files[5]) }
    for file in [files[0], files[7]] {
      let record = try fixture.record(file)
      try memory.delete(record.rawKey, in: Self.raw, version: VersionID(#require(record.versionID)))
    }
    _ = try memory.put(.bytes([1]), to: "somebody/else", in: Self.raw)
    return (fixture, [files[1], files[3], files[5], uploads[0], uploads[1]], [files[0], files[7]])
  }

  @Test(arguments: [1, 2, 3, 5, 1000])
  func `every covered and every missing file is found once, whatever the size of a page`(pageSize: Int) throws {
    let (fixture, covered, missing) = try filled()
    let part = try #require(try comparison(fixture, pageSize: pageSize).next(at: .now))
    #expect(part.isLast && Set(part.covered) == covered && Set(part.missing) == missing)
    #expect(part.covered.count == covered.count && part.missing.count == missing.count)
    #expect(try queued(fixture) == covered.count)
  }

  @Test func `the parts of a comparison are done by any worker, and no part repeats another`() throws {
    let (fixture, covered, missing) = try filled()
    let other = BucketComparison(
      database: try FileDatabase(path: fixture.folder.file("stowage.sqlite")),
      store: fixture.store,
      bucket: Self.raw,
      pageSize: 2
    )
    var parts: [BucketComparison.Part] = []
    var now = Date.now
    while let part = try (parts.count.isMultiple(of: 2) ? comparison(fixture, pageSize: 2) : other).next(
      at: now,
      pages: 1
    ) {
      parts.append(part)
      // A worker removes the markers meanwhile, also one that a token names.
      try fixture.settle()
      now += 60
    }
    #expect(parts.count > 3 && parts.filter(\.isLast).count == 1)
    #expect(Set(parts.flatMap(\.covered)) == covered && Set(parts.flatMap(\.missing)) == missing)
    let start = now
    #expect(try comparison(fixture).next(at: start) == nil)
    #expect(try comparison(fixture).next(at: start + 86_400)?.isLast == true)
  }

  @Test func `what the comparison found is put in order by a worker`() throws {
    let (fixture, covered, _) = try filled()
    _ = try comparison(fixture).next(at: .now)
    try fixture.settle()
    for file in covered {
      let record = try fixture.record(file)
      let latest = try #require(try fixture.versions(file).first)
      // An object above a migrated one has bytes that are not Stowage's, and stays.
      let stays = record.isMigrated && latest.size == 1
      #expect(record.state == .ready && (latest.version.description == record.versionID || stays))
    }
  }

  @Test func `a place that the store no longer knows begins the comparison again`() throws {
    let (fixture, covered, _) = try filled()
    var position = ComparisonPosition()
    position.token = "unknown"
    position.low = "z"
    let chore = try #require(try fixture.database.claim(.comparison, every: 86_400, seconds: 60, at: .now))
    #expect(try fixture.database.leave(chore, at: position.description))
    let first = try #require(try comparison(fixture).next(at: .now))
    #expect(!first.isLast && first.covered.isEmpty)
    let second = try #require(try comparison(fixture).next(at: .now))
    #expect(second.isLast && Set(second.covered) == covered)
  }

  @Test func `without versions a missing copy is found, and others stay`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let files = try (0..<3).map { _ in
      let file = try fixture.upload(Document.pdf(), .pdf)
      #expect(try fixture.next() == .ready)
      return file
    }
    try fixture.store.memory.delete(fixture.record(files[1]).keptKey, in: Self.raw)
    let part = try #require(try comparison(fixture, pageSize: 1).next(at: .now))
    #expect(part.isLast && part.covered.isEmpty && part.missing == [files[1]])
    #expect(try queued(fixture) == 1)
  }

  @Test func `in an emptied bucket the budget of single requests ends a part, and the next goes on`() throws {
    let fixture = try ProcessingFixture()
    let count = BucketComparison.missingBudget + 20
    let user = fixture.user
    for number in 0..<count {
      let file = NewMigratedFile(
        id: FileID(at: .now),
        user: user,
        filename: "a",
        contentType: "text/plain",
        size: 1,
        rawKey: "ann/\(number)",
        createdAt: .now,
        migration: "run"
      )
      try #require(try fixture.database.beginMigratedFiles([file], at: .now) == [.done])
      let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
      let object = MigratedObject(file: file.id, sha256: digest, size: 1, versionID: "gone")
      try #require(try fixture.database.receiveMigratedFiles([object], processing: .now, at: .now) == [.done])
      let job = try #require(try fixture.database.leaseJob(.process, of: file.id, seconds: 60, at: .now + 1))
      let publication = Publication(versionID: "gone", size: 1, sha256: digest, isPlain: true, variants: [])
      try #require(try fixture.database.publish(publication, under: job, at: .now))
      try #require(try fixture.database.finish(job, at: .now))
    }
    let first = try #require(try comparison(fixture).next(at: .now))
    #expect(!first.isLast && first.missing.count == BucketComparison.missingBudget)
    let second = try #require(try comparison(fixture).next(at: .now))
    #expect(second.isLast && second.missing.count == 20)
  }

  @Test func `a store that does not answer ends the part, and another worker repeats it later`() throws {
    let (fixture, covered, _) = try filled()
    fixture.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(throws: StorageError.self) { try comparison(fixture).next(at: .now) }
    fixture.store.obey(nil)
    #expect(try comparison(fixture).next(at: .now + 60) == nil)
    let part = try #require(try comparison(fixture).next(at: .now + BucketComparison.leaseSeconds + 1))
    #expect(Set(part.covered) == covered)
  }
}
