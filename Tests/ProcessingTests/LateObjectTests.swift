import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct LateObjectTests {
  @Test func `an object for an ended file is deleted with all versions and markers`() throws {
    for end in ["expired", "aborted", "rejected", "deleted", "purging", "purged"] {
      let fixture = try ProcessingFixture()
      let file = try fixture.claim(size: 100, at: .now - 10_000)
      switch end {
      case "expired": #expect(try fixture.database.expire(file, expiredBy: .now))
      case "aborted": #expect(try fixture.database.abort(file, of: fixture.user))
      case "rejected":
        try fixture.put([1], for: file)
        try fixture.hint(file)
        #expect(try fixture.next() == .rejected(.sizeMismatch))
      default:
        #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
        if end != "deleted" { #expect(try fixture.database.beginPurge(file, deletedBy: .now, at: .now)) }
        if end == "purged" { #expect(try fixture.database.finishPurge(file)) }
      }
      #expect(try fixture.state(file).rawValue == end)
      let photo = try ProcessingFixture.photo.get()
      try fixture.put(photo, for: file)
      try fixture.put([1, 2], for: file)
      try fixture.store.memory.delete(fixture.record(file).rawKey, in: ProcessingFixture.buckets.raw)
      try fixture.hint(file)
      #expect(try fixture.next() == .discarded(versions: 3), "\(end)")
      #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty)
      #expect(try fixture.state(file).rawValue == (["deleted", "purging"].contains(end) ? "purged" : end))
      #expect(fixture.scanner.count == 0)
      try fixture.settle()
      try fixture.expectSettled(used: 0)
    }
  }

  @Test func `a version over a ready file is deleted, and the pinned one is current again`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let before = try fixture.record(file)
    try fixture.put(InfectedFiles.png.map { $0 }, for: file)
    try fixture.put([1], for: file)
    try fixture.hint(file)
    #expect(try fixture.next() == .discarded(versions: 2))
    #expect(try fixture.record(file) == before)
    let versions = try fixture.versions(file)
    #expect(versions.map(\.version.description) == [before.versionID] && versions[0].isLatest)
    try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
  }

  @Test func `a delete marker over a ready file is removed`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let key = try fixture.record(file).rawKey
    try fixture.store.memory.delete(key, in: ProcessingFixture.buckets.raw)
    try fixture.hint(file)
    #expect(try fixture.next() == .discarded(versions: 1))
    #expect(
      try fixture.store.memory.head(key, in: ProcessingFixture.buckets.raw).version?.description
        == fixture.record(file).versionID
    )
  }

  @Test func `a version that arrives during the check of another changes nothing`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    let pinned = try #require(try fixture.put(photo, for: file))
    try fixture.hint(file)
    let key = try fixture.record(file).rawKey
    let memory = fixture.store.memory
    fixture.store.obey { call, _ in
      guard call.operation == .get else { return nil }
      return .during(nil) { bytes in
        _ = try memory.put(.bytes([6, 6, 6]), to: key, in: ProcessingFixture.buckets.raw)
        return bytes
      }
    }
    #expect(try fixture.next() == .ready)
    #expect(try fixture.record(file).versionID == pinned.description)
    #expect(try fixture.versions(file).map(\.version) == [pinned])
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `a deleted file keeps its pinned version until it is purged`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    try fixture.put([1], for: file)
    try fixture.hint(file)
    try fixture.settle()
    try fixture.expectHidden(file)
    #expect(try fixture.database.beginPurge(file, deletedBy: .now + 1, at: .now))
    try fixture.settle()
    #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty && fixture.state(file) == .purged)
    try fixture.expectSettled(used: 0)
  }

  @Test func `only the file's own key is touched`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 5)
    let key = try fixture.record(file).rawKey
    for neighbour in [key + "x", key + ".bak", String(key.dropLast()), "other/" + key] {
      _ = try fixture.store.memory.put(.bytes([1]), to: neighbour, in: ProcessingFixture.buckets.raw)
    }
    try fixture.put([1], for: file)
    try fixture.hint(file)
    #expect(try fixture.next() == .rejected(.sizeMismatch))
    let left = try fixture.store.memory.list(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10).items
    #expect(left.count == 4)
  }

  @Test func `more than a thousand versions are deleted too`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 5)
    for _ in 0..<1050 { try fixture.put([1], for: file) }
    try fixture.hint(file)
    #expect(try fixture.next() == .rejected(.sizeMismatch))
    #expect(try fixture.versions(file).isEmpty)
  }

  @Test func `an event during the work makes the job run once more, without further effect`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let database = fixture.database
    fixture.scanner.obey { _, _ in
      _ = try? database.enqueue(for: [file], at: .now)
      return .success(.clean)
    }
    #expect(try fixture.next() == .ready)
    #expect(try fixture.next() == .idle)
    #expect(fixture.scanner.count == 1)
    try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
  }
}
