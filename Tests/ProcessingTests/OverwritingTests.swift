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

  private func ready(_ site: Site, at start: Date = .now) throws -> Subject {
    let document = Document.pdf()
    let file = try site.claim(size: document.count, .pdf, at: start)
    try site.put(document, for: file)
    try site.hint(file)
    try site.settle()
    try #require(try site.state(file) == .ready)
    return Subject(file: file, start: start, size: document.count)
  }

  /// Puts as the presigned URL does: with the condition that the key is free.
  private func use(_ site: Site, _ subject: Subject, times count: Int = 1) throws {
    let key = try site.record(subject.file).rawKey
    for number in 0..<count {
      let bytes = Document.pdf(comment: "\(number)")
      _ = try site.store.memory.put(
        .bytes(bytes),
        to: key,
        in: Site.buckets.raw,
        options: PutOptions(ifNoneMatch: true)
      )
    }
  }

  /// Sweeps at `time`, and does what it found.
  private func sweep(_ site: Site, at time: Date) throws -> Sweeper.Report {
    let report = try site.sweeper.sweep(at: time)
    try site.settle(after: max(0, time.timeIntervalSinceNow) + 1)
    return report
  }

  /// Whether the file is ready, and nothing lies in the raw bucket but what was judged.
  private func expectAlone(
    _ site: Site,
    _ subject: Subject,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let record = try site.record(subject.file)
    let left = try site.store.memory.listVersions(Site.buckets.raw, prefix: "", after: nil, limit: 1000).items
    #expect(record.state == .ready, sourceLocation: sourceLocation)
    #expect(left.count == 1 && left.first?.key == record.judgedKey, sourceLocation: sourceLocation)
    #expect(left.map(\.size).reduce(0, +) == record.heldBytes, sourceLocation: sourceLocation)
    #expect(
      record.versionID == nil || left.first?.version.description == record.versionID,
      sourceLocation: sourceLocation
    )
    try site.expectSettled(used: subject.size, sourceLocation: sourceLocation)
  }

  @Test func `one ticket used two hundred times after the file is ready: one sweep later the judged version is alone`()
    throws
  {
    let site = try Site()
    try site.store.memory.ignoreConditions(in: Site.buckets.raw)
    let subject = try ready(site)
    try use(site, subject, times: 200)
    #expect(try site.versions(subject.file).count == 201)
    #expect(try sweep(site, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(site, subject)
    // And again, as long as the URL lives.
    try use(site, subject, times: 3)
    #expect(try sweep(site, at: subject.start + 890) == .init(overwritten: 1))
    try expectAlone(site, subject)
    #expect(try site.sweeper.sweep(at: subject.start + 900).isEmpty)
  }

  @Test func `every sweep looks as long as the URL lives, also one straight after another`() throws {
    let site = try Site()
    try site.store.memory.ignoreConditions(in: Site.buckets.raw)
    let subject = try ready(site)
    for second in stride(from: 10, to: 900, by: 89) {
      #expect(try site.sweeper.sweep(at: subject.start + Double(second)).isEmpty)
      try use(site, subject)
      #expect(try sweep(site, at: subject.start + Double(second)).overwritten == 1)
    }
    try expectAlone(site, subject)
  }

  @Test func `what was put before the URL's end is found by the first sweep after it, however late that comes`() throws
  {
    for days in [0.02, 1, 2, 400] {
      let site = try Site()
      try site.store.memory.ignoreConditions(in: Site.buckets.raw)
      let subject = try ready(site, at: .now - days * 86_400)
      try use(site, subject, times: 5)
      #expect(try sweep(site, at: .now) == .init(overwritten: 1), "\(days) days")
      try expectAlone(site, subject)
    }
  }

  @Test func `a file is looked at until a look after the end of its URL finds nothing, and never again`() throws {
    let site = try Site()
    let subject = try ready(site)
    for hours in [0.1, 0.3, 0.6, 1.26, 1.3, 2, 48] {
      _ = try site.sweeper.sweep(at: subject.start + hours * 3600)
    }
    site.store.obey(nil)
    #expect(try site.sweeper.sweep(at: subject.start + 3 * 86_400).isEmpty)
    #expect(!site.store.calls.contains { [.head, .listVersions].contains($0.operation) })
  }

  @Test func `a look that the store does not answer is made up for by a later sweep`() throws {
    let site = try Site()
    try site.store.memory.ignoreConditions(in: Site.buckets.raw)
    let subject = try ready(site, at: .now - 100_000)
    try use(site, subject)
    site.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(throws: StorageError.self) { try site.sweeper.sweep(at: .now) }
    site.store.obey(nil)
    #expect(try sweep(site, at: .now).overwritten == 1)
    try expectAlone(site, subject)
  }

  @Test func `what a PUT that was long under way leaves below the judged version is found after the end`() throws {
    let site = try Site()
    let subject = try ready(site)
    let key = try site.record(subject.file).rawKey
    // A store may give it the place of the moment at which it began.
    try site.store.memory.slip(.init(repeating: 7, count: 50), below: key, in: Site.buckets.raw)
    #expect(try site.versions(subject.file).count == 2)
    #expect(try sweep(site, at: subject.start + 900 + 3601).overwritten == 1)
    try expectAlone(site, subject)
  }

  @Test func `a form that is sent twice leaves what was judged`() throws {
    // No condition goes with a form, so every store takes it again.
    let site = try Site()
    let subject = try ready(site)
    try site.put(Document.pdf(comment: "again"), for: subject.file)
    #expect(try sweep(site, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(site, subject)
  }

  @Test func `without versions the upload that came again beside the kept copy goes`() throws {
    for isSuspended in [false, true] {
      let site = try Site(isVersioned: false)
      if isSuspended {
        try site.store.setVersioning(true, of: Site.buckets.raw)
        try site.store.setVersioning(false, of: Site.buckets.raw)
      }
      let subject = try ready(site)
      #expect(try site.record(subject.file).versionID == nil)
      #expect(try site.sweeper.sweep(at: subject.start + 30).isEmpty)
      try use(site, subject)
      #expect(try sweep(site, at: subject.start + 60) == .init(overwritten: 1))
      try expectAlone(site, subject)
      try use(site, subject)
      #expect(try sweep(site, at: subject.start + 100_000) == .init(overwritten: 1))
      try expectAlone(site, subject)
      #expect(try site.sweeper.sweep(at: subject.start + 100_000).isEmpty)
    }
  }

  @Test func `a version that is put over a pinned one after the keeping of versions was suspended goes too`() throws {
    let site = try Site()
    let subject = try ready(site)
    try site.store.setVersioning(false, of: Site.buckets.raw)
    try site.put([1, 2, 3], for: subject.file)
    #expect(try sweep(site, at: subject.start + 60) == .init(overwritten: 1))
    try expectAlone(site, subject)
  }

  @Test func `what comes in a burst while the removal is under way is left to the next sweep, and goes`() throws {
    let site = try Site()
    try site.store.memory.ignoreConditions(in: Site.buckets.raw)
    let subject = try ready(site)
    try use(site, subject, times: 3)
    #expect(try site.sweeper.sweep(at: subject.start + 60).overwritten == 1)
    let (memory, sweeper) = (site.store.memory, site.sweeper)
    let key = try site.record(subject.file).rawKey
    site.store.obey(
      pausing(at: 1) {
        for _ in 0..<50 { _ = try memory.put(.bytes([1]), to: key, in: Site.buckets.raw) }
        // This sweep finds the job at work, so it runs once more.
        #expect(try sweeper.sweep(at: subject.start + 61).overwritten == 1)
      }
    )
    try site.settle(after: 100)
    site.store.obey(nil)
    try expectAlone(site, subject)
  }

  @Test func `no upload outlives the end of its file's charge by more than two sweeps, however the file ended`() throws
  {
    for isVersioned in [true, false] {
      for end in ["rejected", "aborted", "deleted", "purged", "expired"] {
        for delay in [60.0, 100_000] {
          let site = try Site(isVersioned: isVersioned)
          let start = Date.now - (end == "expired" ? 10_000 : 0)
          let file = try site.claim(size: 100, .pdf, at: start)
          switch end {
          case "rejected":
            try site.put([1], for: file)
            try site.hint(file)
          case "aborted": #expect(try site.database.abort(file, of: site.user, removingAt: .now))
          case "expired": #expect(try site.database.expire(file, expiredBy: .now))
          default:
            #expect(try site.database.delete([file], of: site.user, permanently: end == "purged", at: .now) != [.over])
          }
          try site.settle()
          for _ in 0..<20 { try site.put([6, 6, 6], for: file) }
          #expect(try sweep(site, at: .now + delay).found == 1, "\(end) \(delay)")
          #expect(try site.versions(file).isEmpty, "\(end) \(delay)")
          try site.expectSettled(used: 0)
        }
      }
    }
  }

  @Test func `a version over a deleted file's marker goes, and the file can still be had back`() throws {
    for delay in [60.0, 100_000] {
      let site = try Site()
      let subject = try ready(site)
      #expect(try site.database.delete(subject.file, of: site.user, at: .now))
      try site.settle()
      try site.expectHidden(subject.file)
      for _ in 0..<7 { try site.put([1], for: subject.file) }
      #expect(try sweep(site, at: subject.start + delay).found == 1)
      try site.expectHidden(subject.file)
      #expect(try site.sweeper.sweep(at: subject.start + delay).isEmpty)
    }
  }

  @Test func `delete markers are left to those who set them`() throws {
    for delay in [60.0, 100_000] {
      let site = try Site()
      let subject = try ready(site)
      try site.store.memory.delete(site.record(subject.file).rawKey, in: Site.buckets.raw)
      #expect(try site.sweeper.sweep(at: subject.start + delay).isEmpty)
      #expect(try site.versions(subject.file).map(\.isDeleteMarker) == [true, false])
    }
  }

  @Test func `a dry run says what lies over a file, and changes nothing`() throws {
    for delay in [60.0, 100_000] {
      let site = try Site()
      try site.store.memory.ignoreConditions(in: Site.buckets.raw)
      let subject = try ready(site)
      try use(site, subject, times: 2)
      let before = try ["stowage.sqlite", "stowage.sqlite-wal"].map { try site.folder.bytes($0) }
      let (now, versions) = (subject.start + delay, try site.versions(subject.file))
      var words: [String] = []
      for isDryRun in [true, true, false] {
        try site.sweeper.sweepAll(at: now, isDryRun: isDryRun) { page in
          words += page.findings.map { $0.words(at: now, isDryRun: isDryRun) }
        }
        guard isDryRun else { break }
        #expect(try ["stowage.sqlite", "stowage.sqlite-wal"].map { try site.folder.bytes($0) } == before)
        #expect(try site.versions(subject.file) == versions)
      }
      try #require(words.count == 3)
      #expect(words[0] == words[1])
      #expect(words[0] == "something lies beside what was judged: would be queued to be removed")
      #expect(words[2] == "something lies beside what was judged: queued to be removed")
      try site.settle(after: delay + 1)
      try expectAlone(site, subject)
    }
  }

  @Test func `more files than a page are all looked at, in every sweep`() throws {
    let site = try Site()
    try site.store.memory.ignoreConditions(in: Site.buckets.raw)
    let start = Date.now
    var files: [FileID] = []
    for _ in 0..<(Sweeper.pageSize + 5) {
      let file = try site.claim(size: 1, at: start)
      try site.put([1], for: file)
      try #require(try site.database.abort(file, of: site.user))
      files.append(file)
    }
    for second in [10.0, 20, 10_000] {
      #expect(try site.sweeper.sweep(at: start + second).found == files.count)
    }
  }
}
