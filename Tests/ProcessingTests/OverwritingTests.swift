import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// What is put over a file that is judged, by a URL that still lives, when no event tells of it.
@Suite struct OverwritingTests {
  /// A file whose URL began to live at `start`, and what was judged of it.
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

  /// Puts as the presigned URL does: with the condition that the key is free.
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

  /// Sweeps at `time`, and does what it found.
  private func sweep(_ fixture: ProcessingFixture, at time: Date) throws -> Sweeper.Report {
    let report = try fixture.sweeper.sweep(at: time)
    try fixture.settle(after: max(0, time.timeIntervalSinceNow) + 1)
    return report
  }

  /// Whether the file is ready, and nothing lies in the raw bucket but what was judged.
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

  @Test func `one ticket used two hundred times after the file is ready: one sweep later the judged version is alone`()
    throws
  {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let subject = try ready(fixture)
    try use(fixture, subject, times: 200)
    #expect(try fixture.versions(subject.file).count == 201)
    #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
    // And again, as long as the URL lives.
    try use(fixture, subject, times: 3)
    #expect(try sweep(fixture, at: subject.start + 890) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
    #expect(try fixture.sweeper.sweep(at: subject.start + 900).isEmpty)
  }

  @Test func `every sweep looks as long as the URL lives, also one straight after another`() throws {
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

  @Test func `what was put before the URL's end is found by the first sweep after it, however late that comes`() throws
  {
    for days in [0.02, 1, 2, 400] {
      let fixture = try ProcessingFixture()
      try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
      let subject = try ready(fixture, at: .now - days * 86_400)
      try use(fixture, subject, times: 5)
      #expect(try sweep(fixture, at: .now) == .init(overwritten: 1), "\(days) days")
      try expectAlone(fixture, subject)
    }
  }

  @Test func `a file is looked at until a look after the end of its URL finds nothing, and never again`() throws {
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    for hours in [0.1, 0.3, 0.6, 1.26, 1.3, 2, 48] {
      _ = try fixture.sweeper.sweep(at: subject.start + hours * 3600)
    }
    fixture.store.obey(nil)
    #expect(try fixture.sweeper.sweep(at: subject.start + 3 * 86_400).isEmpty)
    #expect(!fixture.store.calls.contains { [.head, .listVersions].contains($0.operation) })
  }

  @Test func `a look that the store does not answer is made up for by a later sweep`() throws {
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

  @Test func `what a PUT that was long under way leaves below the judged version is found after the end`() throws {
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    let key = try fixture.record(subject.file).rawKey
    // A store may give it the place of the moment at which it began.
    try fixture.store.memory.slip(.init(repeating: 7, count: 50), below: key, in: ProcessingFixture.buckets.raw)
    #expect(try fixture.versions(subject.file).count == 2)
    #expect(try sweep(fixture, at: subject.start + 900 + 3601).overwritten == 1)
    try expectAlone(fixture, subject)
  }

  @Test func `a form that is sent twice leaves what was judged`() throws {
    // No condition goes with a form, so every store takes it again.
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    try fixture.put(Document.pdf(comment: "again"), for: subject.file)
    #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
  }

  @Test func `without versions the upload that came again beside the kept copy goes`() throws {
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

  @Test func `a version that is put over a pinned one after the keeping of versions was suspended goes too`() throws {
    let fixture = try ProcessingFixture()
    let subject = try ready(fixture)
    try fixture.store.setVersioning(false, of: ProcessingFixture.buckets.raw)
    try fixture.put([1, 2, 3], for: subject.file)
    #expect(try sweep(fixture, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(fixture, subject)
  }

  @Test func `what comes in a burst while the removal is under way is left to the next sweep, and goes`() throws {
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
        // This sweep finds the job at work, so it runs once more.
        #expect(try sweeper.sweep(at: subject.start + 61).overwritten == 1)
      }
    )
    try fixture.settle(after: 100)
    fixture.store.obey(nil)
    try expectAlone(fixture, subject)
  }

  @Test func `no upload outlives the end of its file's charge by more than two sweeps, however the file ended`() throws
  {
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

  @Test func `a version over a deleted file's marker goes, and the file can still be had back`() throws {
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

  @Test func `delete markers are left to those who set them`() throws {
    for delay in [60.0, 100_000] {
      let fixture = try ProcessingFixture()
      let subject = try ready(fixture)
      try fixture.store.memory.delete(fixture.record(subject.file).rawKey, in: ProcessingFixture.buckets.raw)
      #expect(try fixture.sweeper.sweep(at: subject.start + delay).isEmpty)
      #expect(try fixture.versions(subject.file).map(\.isDeleteMarker) == [true, false])
    }
  }

  @Test func `a dry run says what lies over a file, and changes nothing`() throws {
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

  @Test func `more files than a page are all looked at, in every sweep`() throws {
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
