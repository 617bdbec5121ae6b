import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// Objects put over a checked file with a presigned URL that is still valid, without an event.
@Suite struct OverwritingTests {
  /// A file whose URL is valid from `start`, and the size of its checked bytes.
  private struct Subject {
    let file: FileID
    let start: Date
    let size: Int
  }

  private func ready(_ fixture: ProcessingFixture, at start: Date = .now) throws -> Subject {
    let document = Document.pdf()
    let file = try fixture.claim(size: document.count, .pdf, at: start)
    try fixture.put(document, for: file)
    try fixture.hint(file)
    try fixture.settle()
    try #require(try fixture.state(file) == .ready)
    return Subject(file: file, start: start, size: document.count)
  }

  /// Uploads as the presigned URL does: on condition that the key is free.
  private func use(_ fixture: ProcessingFixture, _ subject: Subject, times count: Int = 1) throws {
    let key = try fixture.record(subject.file).rawKey
    for number in 0..<count {
      let bytes = Document.pdf(comment: "\(number)")
      _ = try fixture.store.memory.put(
        .bytes(bytes),
        to: key,
        in: ProcessingFixture.buckets.raw,
        options: PutOptions(ifNoneMatch: true)
      )
    }
  }

  /// Sweeps at `time`, and runs the jobs that the sweep queued.
  private func sweep(_ fixture: ProcessingFixture, at time: Date) throws -> Sweeper.Report {
    let report = try fixture.sweeper.sweep(at: time)
    try fixture.settle(after: max(0, time.timeIntervalSinceNow) + 1)
    return report
  }

  /// Expects the file to be ready, and no object in the raw bucket but the checked one.
  private func expectAlone(
    _ fixture: ProcessingFixture,
    _ subject: Subject,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let record = try fixture.record(subject.file)
    let left = try fixture.store.memory.listVersions(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 1000)
      .items
    #expect(record.state == .ready, sourceLocation: sourceLocation)
    #expect(left.count == 1 && left.first?.key == record.judgedKey, sourceLocation: sourceLocation)
    #expect(left.map(\.size).reduce(0, +) == record.heldBytes, sourceLocation: sourceLocation)
    #expect(
      record.versionID == nil || left.first?.version.description == record.versionID,
      sourceLocation: sourceLocation
    )
    try fixture.expectSettled(used: subject.size, sourceLocation: sourceLocation)
  }

  @Test func `one ticket used two hundred times on a ready file: after one sweep only the checked version is left`()
    throws
  {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let subject = try ready(fixture)
    try use(fixture, subject, times: 200)
    #expect(try fixture.versions(subject.file).count == 201)
    #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
    // The same again, as long as the URL is valid.
    try use(fixture, subject, times: 3)
    #expect(try sweep(fixture, at: subject.start + 890) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
    #expect(try fixture.sweeper.sweep(at: subject.start + 900).isEmpty)
  }

  @Test func `every sweep checks the file while its URL is valid, even right after another sweep`() throws {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let subject = try ready(fixture)
    for second in stride(from: 10, to: 900, by: 89) {
      #expect(try fixture.sweeper.sweep(at: subject.start + Double(second)).isEmpty)
      try use(fixture, subject)
      #expect(try sweep(fixture, at: subject.start + Double(second)).overwritten == 1)
    }
    try expectAlone(fixture, subject)
  }

  @Test func `an object put before the URL expired is found by the first sweep afterwards, however late`() throws {
    for days in [0.02, 1, 2, 400] {
      let fixture = try ProcessingFixture()
      try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
      let subject = try ready(fixture, at: .now - days * 86_400)
      try use(fixture, subject, times: 5)
      #expect(try sweep(fixture, at: .now) == .init(overwritten: 1), "\(days) days")
      try expectAlone(fixture, subject)
    }
  }

  @Test func `a file is checked until a check after the expiry of its URL finds nothing, and never again`() throws {
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    for hours in [0.1, 0.3, 0.6, 1.26, 1.3, 2, 48] {
      _ = try fixture.sweeper.sweep(at: subject.start + hours * 3600)
    }
    fixture.store.obey(nil)
    #expect(try fixture.sweeper.sweep(at: subject.start + 3 * 86_400).isEmpty)
    #expect(!fixture.store.calls.contains { [.head, .listVersions].contains($0.operation) })
  }

  @Test func `a check that the store did not answer is repeated by a later sweep`() throws {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let subject = try ready(fixture, at: .now - 100_000)
    try use(fixture, subject)
    fixture.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(throws: StorageError.self) { try fixture.sweeper.sweep(at: .now) }
    fixture.store.obey(nil)
    #expect(try sweep(fixture, at: .now).overwritten == 1)
    try expectAlone(fixture, subject)
  }

  @Test func `an object that a slow PUT leaves below the checked version is found after the expiry`() throws {
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    let key = try fixture.record(subject.file).rawKey
    // A store may order a version by the time at which its upload began.
    try fixture.store.memory.slip(.init(repeating: 7, count: 50), below: key, in: ProcessingFixture.buckets.raw)
    #expect(try fixture.versions(subject.file).count == 2)
    #expect(try sweep(fixture, at: subject.start + 900 + 3601).overwritten == 1)
    try expectAlone(fixture, subject)
  }

  @Test func `a form sent twice leaves the checked object`() throws {
    // A form has no condition, so every store accepts it again.
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    try fixture.put(Document.pdf(comment: "again"), for: subject.file)
    #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
  }

  @Test func `without versions an upload repeated beside the kept copy is deleted`() throws {
    for isSuspended in [false, true] {
      let fixture = try ProcessingFixture(isVersioned: false)
      if isSuspended {
        try fixture.store.setVersioning(true, of: ProcessingFixture.buckets.raw)
        try fixture.store.setVersioning(false, of: ProcessingFixture.buckets.raw)
      }
      let subject = try ready(fixture)
      #expect(try fixture.record(subject.file).versionID == nil)
      #expect(try fixture.sweeper.sweep(at: subject.start + 30).isEmpty)
      try use(fixture, subject)
      #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
      try expectAlone(fixture, subject)
      try use(fixture, subject)
      #expect(try sweep(fixture, at: subject.start + 100_000) == .init(overwritten: 1))
      try expectAlone(fixture, subject)
      #expect(try fixture.sweeper.sweep(at: subject.start + 100_000).isEmpty)
    }
  }

  @Test func `a version put over a pinned one after versioning was suspended is deleted too`() throws {
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    try fixture.store.setVersioning(false, of: ProcessingFixture.buckets.raw)
    try fixture.put([1, 2, 3], for: subject.file)
    #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
  }

  @Test func `objects that arrive during the deletion are left to the next sweep, and deleted then`() throws {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let subject = try ready(fixture)
    try use(fixture, subject, times: 3)
    #expect(try fixture.sweeper.sweep(at: subject.start + 60).overwritten == 1)
    let (memory, sweeper) = (fixture.store.memory, fixture.sweeper)
    let key = try fixture.record(subject.file).rawKey
    fixture.store.obey(
      pausing(at: 1) {
        for _ in 0..<50 { _ = try memory.put(.bytes([1]), to: key, in: ProcessingFixture.buckets.raw) }
        // The sweep finds the job leased, so the job runs once more.
        #expect(try sweeper.sweep(at: subject.start + 61).overwritten == 1)
      }
    )
    try fixture.settle(after: 100)
    fixture.store.obey(nil)
    try expectAlone(fixture, subject)
  }

  @Test func `no object outlives the end of its file's charge by more than two sweeps, in any end state`() throws {
    for isVersioned in [true, false] {
      for end in ["rejected", "aborted", "deleted", "purged", "expired"] {
        for delay in [60.0, 100_000] {
          let fixture = try ProcessingFixture(isVersioned: isVersioned)
          let start = Date.now - (end == "expired" ? 10_000 : 0)
          let file = try fixture.claim(size: 100, .pdf, at: start)
          switch end {
          case "rejected":
            try fixture.put([1], for: file)
            try fixture.hint(file)
          case "aborted": #expect(try fixture.database.abort(file, of: fixture.user, removingAt: .now))
          case "expired": #expect(try fixture.database.expire(file, expiredBy: .now))
          default:
            #expect(
              try fixture.database.delete([file], of: fixture.user, permanently: end == "purged", at: .now) != [.over]
            )
          }
          try fixture.settle()
          for _ in 0..<20 { try fixture.put([6, 6, 6], for: file) }
          #expect(try sweep(fixture, at: .now + delay).found == 1, "\(end) \(delay)")
          #expect(try fixture.versions(file).isEmpty, "\(end) \(delay)")
          try fixture.expectSettled(used: 0)
        }
      }
    }
  }

  @Test func `a version over a deleted file's marker is deleted, and the file can still be restored`() throws {
    for delay in [60.0, 100_000] {
      let fixture = try ProcessingFixture()
      let subject = try ready(fixture)
      #expect(try fixture.database.delete(subject.file, of: fixture.user, at: .now))
      try fixture.settle()
      try fixture.expectHidden(subject.file)
      for _ in 0..<7 { try fixture.put([1], for: subject.file) }
      #expect(try sweep(fixture, at: subject.start + delay).found == 1)
      try fixture.expectHidden(subject.file)
      #expect(try fixture.sweeper.sweep(at: subject.start + delay).isEmpty)
    }
  }

  @Test func `delete markers set by others stay`() throws {
    for delay in [60.0, 100_000] {
      let fixture = try ProcessingFixture()
      let subject = try ready(fixture)
      try fixture.store.memory.delete(fixture.record(subject.file).rawKey, in: ProcessingFixture.buckets.raw)
      #expect(try fixture.sweeper.sweep(at: subject.start + delay).isEmpty)
      #expect(try fixture.versions(subject.file).map(\.isDeleteMarker) == [true, false])
    }
  }

  @Test func `a dry run reports what overwrites a file, and changes nothing`() throws {
    for delay in [60.0, 100_000] {
      let fixture = try ProcessingFixture()
      try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
      let subject = try ready(fixture)
      try use(fixture, subject, times: 2)
      let before = try ["stowage.sqlite", "stowage.sqlite-wal"].map { try fixture.folder.bytes($0) }
      let (now, versions) = (subject.start + delay, try fixture.versions(subject.file))
      var words: [String] = []
      for isDryRun in [true, true, false] {
        try fixture.sweeper.sweepAll(at: now, isDryRun: isDryRun) { page in
          words += page.findings.map { $0.words(at: now, isDryRun: isDryRun) }
        }
        guard isDryRun else { break }
        #expect(try ["stowage.sqlite", "stowage.sqlite-wal"].map { try fixture.folder.bytes($0) } == before)
        #expect(try fixture.versions(subject.file) == versions)
      }
      try #require(words.count == 3)
      #expect(words[0] == words[1])
      #expect(words[0] == "something lies beside what was judged: would be queued to be removed")
      #expect(words[2] == "something lies beside what was judged: queued to be removed")
      try fixture.settle(after: delay + 1)
      try expectAlone(fixture, subject)
    }
  }

  @Test func `more files than a page are all checked, in every sweep`() throws {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let start = Date.now
    var files: [FileID] = []
    for _ in 0..<(Sweeper.pageSize + 5) {
      let file = try fixture.claim(size: 1, at: start)
      try fixture.put([1], for: file)
      try #require(try fixture.database.abort(file, of: fixture.user))
      files.append(file)
    }
    for second in [10.0, 20, 10_000] {
      #expect(try fixture.sweeper.sweep(at: start + second).found == files.count)
    }
  }
}
