import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct MigratedFileTests {
  private let text = Array("just a note\n".utf8)

  // MARK: Nothing is deleted

  @Test(arguments: [true, false])
  func `repeated jobs, events and sweeps leave the bytes of a migrated file alone`(isVersioned: Bool) throws {
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.migrate(photo, to: "2019/a.jpg")
    #expect(try fixture.next() == .ready)
    for _ in 0..<3 {
      try fixture.hint(file)
      #expect(try fixture.next() == .idle)
      #expect(try fixture.processor.runIfAvailable(.process, of: file) == .idle)
      #expect(try fixture.processor.runIfAvailable(.render, of: file) == .idle)
      for age in [0, 20, 4000, 200_000] as [TimeInterval] {
        #expect(try fixture.sweeper.sweep(at: .now + age).isEmpty)
      }
    }
    #expect(try fixture.current(file) == photo && fixture.recorded(file) == photo)
    #expect(try fixture.allRaw().count == 1, "no copy doubles the storage")
    #expect(try fixture.record(file).type == .checked(.jpeg) && fixture.processedKeys().count == 3)
    try fixture.expectSettled(used: photo.count)
  }

  @Test(arguments: [true, false])
  func `a refused file is quarantined, with its bytes and its charge`(isVersioned: Bool) throws {
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    let file = try fixture.migrate(text, to: "a.txt")
    fixture.scanner.say(.success(.infected(name: "Test")))
    #expect(try fixture.next() == .quarantined(.malware))
    for _ in 0..<2 {
      try fixture.hint(file)
      #expect(try fixture.next() == .idle)
      #expect(try fixture.sweeper.sweep(at: .now + 200_000).isEmpty)
    }
    #expect(try fixture.current(file) == text && fixture.state(file) == .quarantined)
    try fixture.expectSettled(used: text.count)
  }

  @Test func `a lost lease, and a verdict after it, delete nothing`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try fixture.migrate(text, to: "a.txt")
    let database = fixture.database
    fixture.scanner.obey { _, _ in
      _ = try? database.leaseJob(seconds: 120, at: .now + 1000)
      return .success(.infected(name: "Test"))
    }
    #expect(try fixture.next() == .superseded)
    #expect(try fixture.current(file) == text && fixture.state(file) == .received)
  }

  @Test func `an object that others put over a migrated file is neither checked nor deleted`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.migrate(text, to: "a.txt")
    let stranger = Array("somebody else's".utf8)
    _ = try fixture.store.memory.put(.bytes(stranger), to: "ann/a.txt", in: ProcessingFixture.buckets.raw)
    #expect(try fixture.next() == .ready)
    try fixture.hint(file)
    #expect(try fixture.next() == .idle)
    #expect(try fixture.recorded(file) == text && fixture.current(file) == stranger)
    #expect(try fixture.record(file).size == Int64(text.count))
  }

  @Test func `without versions, an object that others replaced is quarantined as changed`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try fixture.migrate(text, to: "a.txt")
    let other = Array("JUST A NOTE\n".utf8)
    _ = try fixture.store.memory.put(.bytes(other), to: "ann/a.txt", in: ProcessingFixture.buckets.raw)
    #expect(try fixture.next() == .quarantined(.checksumMismatch))
    #expect(try fixture.current(file) == other)
  }

  @Test func `a missing object is tried three times, and then quarantined`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.migrate(text, to: "a.txt")
    for version in try fixture.allRaw() {
      try fixture.store.memory.delete(version.key, in: ProcessingFixture.buckets.raw, version: version.version)
    }
    for seconds in [1.0, 10] { #expect(try fixture.next(after: seconds)?.isFailed == true) }
    #expect(try fixture.next(after: 40) == .quarantined(.unreadable))
    #expect(try fixture.record(file).sha256 != nil && fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a pending file is left to its migration, whatever lies under its key`() throws {
    let fixture = try ProcessingFixture()
    let file = NewMigratedFile(
      id: FileID(at: .now),
      user: fixture.user,
      filename: "a",
      contentType: "text/plain",
      size: 4,
      rawKey: "ann/a",
      createdAt: .now,
      migration: "run-1"
    )
    try #require(try fixture.database.beginMigratedFiles([file], at: .now) == [.done])
    _ = try fixture.store.memory.put(.bytes([1, 2, 3]), to: "ann/a", in: ProcessingFixture.buckets.raw)
    #expect(try fixture.processor.runIfAvailable(.process, of: file.id) == .idle)
    #expect(try fixture.sweeper.sweep(at: .now + 1_000_000).isEmpty)
    #expect(try fixture.state(file.id) == .pending && fixture.allRaw().count == 1)
    #expect(try fixture.database.abandonMigratedFiles([file.id], at: .now) == [.done])
    try fixture.hint(file.id)
    #expect(try fixture.next() == .idle)
    #expect(try fixture.allRaw().count == 1)
  }

  // MARK: Types

  @Test func `a file of any type is kept as a plain one, without the decoder`() throws {
    let fixture = try ProcessingFixture()
    let names = ["page.html", "clip.mov", "README", "setup.exe"]
    for name in names {
      let file = try fixture.migrate(Array("<script>\(name)".utf8), to: name, type: "text/html")
      #expect(try fixture.next() == .ready, "\(name)")
      let record = try fixture.record(file)
      #expect(record.isPlain && record.type?.kind == .plain && record.variants.isEmpty)
      #expect(throws: StorageError.self) { try ContentDisposition.Kind.inline.check(for: record.type) }
    }
    let empty = try fixture.migrate([], to: "empty")
    let scans = fixture.scanner.count
    #expect(try fixture.next() == .ready && fixture.record(empty).size == 0 && fixture.scanner.count == scans)
  }

  @Test func `content of an accepted type is processed as such, whatever the name says`() throws {
    let fixture = try ProcessingFixture()
    let photo = try fixture.migrate(try ProcessingFixture.photo.get(), to: "scan.dat", type: "application/octet-stream")
    #expect(try fixture.next() == .ready)
    #expect(try fixture.record(photo).contentType == "image/jpeg" && fixture.record(photo).variants.count == 3)
    let document = try fixture.migrate(Document.pdf(), to: "b", type: "text/plain")
    #expect(try fixture.next() == .ready && fixture.record(document).type == .checked(.pdf))
    let archive = try fixture.migrate(
      FileType.archiveSignature + Array("no document".utf8),
      to: "c.docx",
      type: FileType.docx.contentType
    )
    let outcome = try fixture.next()
    let kept = try fixture.record(archive)
    #expect(outcome == .ready && kept.isPlain || kept.state == .quarantined)
    let broken = try fixture.migrate(Array(try ProcessingFixture.photo.get().prefix(300)), to: "broken.jpg")
    guard case .quarantined? = try fixture.next() else {
      Issue.record("\(try fixture.state(broken))")
      return
    }
    #expect(try fixture.current(broken).count == 300)
  }

  // MARK: The scanner

  @Test func `a file that the scanner does not take whole is quarantined, unless its run accepts it`() throws {
    let answers: [Result<ScanVerdict, ScanError>] = [
      .failure(.tooLarge), .success(.limitExceeded(name: "Heuristics.Limits.Exceeded.MaxFileSize")),
    ]
    for (index, answer) in answers.enumerated() {
      let fixture = try ProcessingFixture()
      fixture.scanner.say(answer)
      let file = try fixture.migrate(text, to: "a\(index)")
      #expect(try fixture.next() == .quarantined(.notScannable))
      #expect(try fixture.record(file).reason == .notScannable && fixture.current(file) == text)
      let accepted = try fixture.migrate(text, to: "b\(index)", acceptsUnscanned: true)
      #expect(try fixture.next() == .ready && fixture.record(accepted).isPlain)
      fixture.scanner.say(.success(.infected(name: "Test")))
      _ = try fixture.migrate(text, to: "c\(index)", acceptsUnscanned: true)
      #expect(try fixture.next() == .quarantined(.malware))
    }
  }

  @Test func `a scanner that does not answer delays a migrated file, without a verdict`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(.unavailable(detail: "down")))
    let file = try fixture.migrate(text, to: "a")
    for second in 1...5 { #expect(try fixture.next(after: Double(second) * 10)?.isPostponed == true) }
    fixture.scanner.say(.success(.clean))
    #expect(try fixture.next(after: 100) == .ready && fixture.state(file) == .ready)
  }

  // MARK: Deletion

  @Test func `a deleted file is covered, restored, and at last removed, and its neighbours stay`() throws {
    let fixture = try ProcessingFixture()
    let near = try ["ab", "a.txt", "a/b", "a-b", "A"].map { try fixture.migrate(text, to: $0) }
    let file = try fixture.migrate(text, to: "a")
    try fixture.settle()
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    try fixture.settle()
    func versions() throws -> [VersionSummary] { try fixture.allRaw().filter { $0.key == "ann/a" } }
    #expect(try versions().map(\.isDeleteMarker) == [true, false])
    try fixture.hint(file)
    try fixture.settle()
    #expect(try versions().map(\.isDeleteMarker) == [true, false], "one marker is enough")
    #expect(
      try fixture.database.restore(file, of: fixture.user, variants: [], deletedAfter: .distantPast, at: .now)
    )
    try fixture.settle()
    #expect(try versions().map(\.isDeleteMarker) == [false] && fixture.current(file) == text)
    #expect(try fixture.database.delete([file], of: fixture.user, permanently: true, at: .now) == [.purging])
    try fixture.settle()
    #expect(try versions().isEmpty && fixture.state(file) == .purged)
    try fixture.hint(file)
    _ = try fixture.store.memory.put(.bytes(text), to: "ann/a", in: ProcessingFixture.buckets.raw)
    try fixture.settle()
    #expect(try versions().count == 1, "an object that came later is not the file's")
    for other in near { #expect(try fixture.current(other) == text && fixture.state(other) == .ready) }
  }

  @Test func `without versions, a deleted file keeps its bytes until it is purged`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try fixture.migrate(text, to: "a")
    let near = try fixture.migrate(text, to: "ab")
    try fixture.settle()
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    try fixture.settle()
    #expect(try fixture.current(file) == text)
    #expect(try fixture.database.delete([file], of: fixture.user, permanently: true, at: .now) == [.purging])
    try fixture.settle()
    #expect(try fixture.allRaw().map(\.key) == ["ann/ab"] && fixture.current(near) == text)
  }

  // MARK: Listings

  @Test func `the listing of a key stops after its versions, however many keys it is a prefix of`() throws {
    let fixture = try ProcessingFixture()
    let memory = fixture.store.memory
    for index in 0..<2500 {
      _ = try memory.put(.bytes([1]), to: "ann/a\(1000 + index)", in: ProcessingFixture.buckets.raw)
    }
    for _ in 0..<3 { _ = try memory.put(.bytes([1]), to: "ann/a", in: ProcessingFixture.buckets.raw) }
    fixture.store.obey(nil)
    let versions = try fixture.store.versions(of: "ann/a", in: ProcessingFixture.buckets.raw)
    #expect(versions.count == 3 && versions.allSatisfy { $0.key == "ann/a" } && versions[0].isLatest)
    #expect(fixture.store.calls.count == 1)
    #expect(try fixture.store.versions(of: "ann/nothing", in: ProcessingFixture.buckets.raw).isEmpty)
  }

  // MARK: Unknown objects

  @Test func `a migrated object with a row is known, whatever form its key has`() throws {
    let fixture = try ProcessingFixture()
    let old = FileID(at: .now)
    for path in ["a.jpg", "\(old)/original.jpg", "\(old)/kept.jpg", "\(old)/original", "\u{E9}"] {
      _ = try fixture.migrate(text, to: path)
    }
    _ = try fixture.store.memory.put(.bytes(text), to: "ann/lost.jpg", in: ProcessingFixture.buckets.raw)
    _ = try fixture.store.memory.put(.bytes(text), to: "ann/e\u{301}", in: ProcessingFixture.buckets.raw)
    let objects = UnknownObjects(
      database: fixture.database,
      store: fixture.store,
      buckets: ProcessingFixture.buckets
    )
    let tally = try objects.count(at: .now + 30 * 86_400)
    #expect(tally.known == 5 && tally.foreign == 2 && tally.unknown == 0)
    try objects.delete(tally, at: .now + 30 * 86_400)
    #expect(try fixture.allRaw().count == 7)
  }
}
