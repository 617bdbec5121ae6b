import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct SweeperTests {
  @Test func `an upload whose event was lost is found, once it is old enough`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let start = Date.now
    let file = try fixture.claim(size: photo.count, at: start)
    try fixture.put(photo, for: file)
    #expect(try fixture.sweeper.sweep(at: start + 9).isEmpty)
    #expect(try fixture.sweeper.sweep(at: start + 10) == .init(found: 1))
    #expect(try fixture.sweeper.sweep(at: start + 11).isEmpty)
    #expect(try fixture.next(after: 20) == .ready)
    #expect(try fixture.sweeper.sweep(at: start + 100_000).isEmpty)
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `an event before its object has no effect: the sweep finds the object later`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    try fixture.hint(file)
    #expect(try fixture.next() == .idle)
    #expect(try fixture.sweeper.sweep(at: .now + 20).isEmpty)
    try fixture.put(photo, for: file)
    #expect(try fixture.sweeper.sweep(at: .now + 20) == .init(found: 1))
    #expect(try fixture.next(after: 30) == .ready)
  }

  @Test func `a received file whose job was lost is found without a request for its object`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 10)
    #expect(try fixture.database.receive(file, at: .now))
    #expect(try fixture.sweeper.sweep(at: .now + 20) == .init(found: 1))
    #expect(!fixture.store.calls.contains { $0.operation == .head })
  }

  @Test func `an upload expires an hour after its URL, not earlier, and releases its quota`() throws {
    let fixture = try ProcessingFixture()
    let start = Date.now
    let file = try fixture.claim(size: 500, at: start)
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3599).isEmpty)
    try fixture.expectQuota(used: 0, reserved: 500)
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3600) == .init(expired: 1))
    #expect(try fixture.state(file) == .expired)
    try fixture.expectQuota(used: 0, reserved: 0)
    while try fixture.next(after: 10_000) != nil {}
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3601).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `an upload whose object has arrived never expires, however late`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count, at: .now - 100_000)
    try fixture.put(photo, for: file)
    #expect(try fixture.sweeper.sweep(at: .now) == .init(found: 1))
    #expect(try fixture.sweeper.sweep(at: .now).isEmpty)
    #expect(try fixture.next() == .ready)
    #expect(try fixture.state(file) == .ready)
  }

  @Test func `an upload that expires leaves nothing under its key, neither versions nor markers`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 3, at: .now - 10_000)
    try fixture.put([1, 2, 3], for: file)
    try fixture.store.memory.delete(fixture.record(file).rawKey, in: ProcessingFixture.buckets.raw)
    #expect(try fixture.sweeper.sweep(at: .now).expired == 1)
    #expect(try fixture.next() == .discarded(versions: 2))
    #expect(try fixture.state(file) == .expired && fixture.versions(file).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `an object that arrives just as its upload expires is deleted without an event`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 3, at: .now - 10_000)
    let key = try fixture.record(file).rawKey
    let memory = fixture.store.memory
    fixture.store.obey { call, _ in
      guard call.operation == .head else { return nil }
      // The object is missing at the check, and arrives before the row changes.
      do { _ = try memory.head(key, in: ProcessingFixture.buckets.raw) } catch {
        _ = try memory.put(.bytes([1, 2, 3]), to: key, in: ProcessingFixture.buckets.raw)
        return .before(.notFound)
      }
      return .before(.notFound)
    }
    #expect(try fixture.sweeper.sweep(at: .now).expired == 1)
    fixture.store.obey(nil)
    #expect(try fixture.next() == .discarded(versions: 1))
    #expect(try fixture.versions(file).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `an object put again for a refused upload is found without an event, while its URL is valid`()
    throws
  {
    let fixture = try ProcessingFixture()
    let start = Date.now
    let bytes = Array("<html>no photo</html>".utf8)
    let file = try fixture.claim(size: bytes.count, at: start)
    try fixture.put(bytes, for: file)
    try fixture.hint(file)
    #expect(try fixture.next() == .rejected(.typeMismatch))
    #expect(try fixture.sweeper.sweep(at: start + 100).isEmpty)
    try fixture.put(bytes, for: file)
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3599) == .init(found: 1))
    #expect(try fixture.next(after: 5000) == .discarded(versions: 1))
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3601).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `a store that does not answer expires no upload, and the next sweep continues`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 10, at: .now - 10_000)
    fixture.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(throws: StorageError.unavailable(detail: "store: \(StoreError.unavailable(detail: "away"))")) {
      try fixture.sweeper.sweep(at: .now)
    }
    #expect(try fixture.state(file) == .pending)
    fixture.store.obey(nil)
    #expect(try fixture.sweeper.sweep(at: .now) == .init(expired: 1))
  }

  @Test func `more files than a page are all checked`() throws {
    let fixture = try ProcessingFixture()
    let count = 2 * Sweeper.pageSize + 3
    let files = try (0..<count).map { _ in try fixture.claim(size: 10, at: .now - 10_000) }
    for file in files.prefix(Sweeper.pageSize + 1) { try fixture.put([1], for: file) }
    let report = try fixture.sweeper.sweep(at: .now)
    #expect(report == .init(found: Sweeper.pageSize + 1, expired: Sweeper.pageSize + 2))
    try fixture.expectQuota(used: 0, reserved: 10 * (Sweeper.pageSize + 1))
  }

  @Test func `simultaneous sweepers find and expire each upload once`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let late = try (0..<30).map { _ in try fixture.claim(size: 10, at: .now - 10_000) }
    let lost = try (0..<5).map { _ in try fixture.claim(size: photo.count) }
    for file in lost { try fixture.put(photo, for: file) }
    let expired = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      #expect(throws: Never.self) {
        expired.add(try fixture.sweeper.sweep(at: .now + 20).expired, ordering: .relaxed)
      }
    }
    #expect(expired.load(ordering: .relaxed) == 30)
    for file in late { #expect(try fixture.state(file) == .expired) }
    while try fixture.next(after: 100) != nil {}
    for file in lost { #expect(try fixture.state(file) == .ready) }
    #expect(fixture.scanner.count == 5)
    try fixture.expectSettled(used: 5 * photo.count)
  }

  @Test func `with every event lost, sweeps and jobs alone finish all uploads`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let good = try (0..<3).map { _ in try fixture.claim(size: photo.count) }
    let bad = try fixture.claim(size: photo.count + 1)
    let never = try fixture.claim(size: 7)
    for file in good + [bad] { try fixture.put(photo, for: file) }
    for turn in 1...3 {
      _ = try fixture.sweeper.sweep(at: .now + Double(turn) * 60)
      while try fixture.next(after: Double(turn) * 60) != nil {}
    }
    for file in good { #expect(try fixture.state(file) == .ready) }
    #expect(try fixture.state(bad) == .rejected && fixture.state(never) == .pending)
    try fixture.expectSettled(used: 3 * photo.count, reserved: 7)
  }
}
