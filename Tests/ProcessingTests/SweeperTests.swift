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
    let site = try Site()
    let photo = try Site.photo.get()
    let start = Date.now
    let file = try site.claim(size: photo.count, at: start)
    try site.put(photo, for: file)
    #expect(try site.sweeper.sweep(at: start + 9).isEmpty)
    #expect(try site.sweeper.sweep(at: start + 10) == .init(found: 1))
    #expect(try site.sweeper.sweep(at: start + 11).isEmpty)
    #expect(try site.next(after: 20) == .ready)
    #expect(try site.sweeper.sweep(at: start + 100_000).isEmpty)
    try site.expectSettled(used: photo.count)
  }

  @Test func `an event that came before its object costs nothing: the sweep finds it later`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count)
    try site.hint(file)
    #expect(try site.next() == .idle)
    #expect(try site.sweeper.sweep(at: .now + 20).isEmpty)
    try site.put(photo, for: file)
    #expect(try site.sweeper.sweep(at: .now + 20) == .init(found: 1))
    #expect(try site.next(after: 30) == .ready)
  }

  @Test func `a received file whose job was lost is found without a look at its object`() throws {
    let site = try Site()
    let file = try site.claim(size: 10)
    #expect(try site.database.receive(file, at: .now))
    #expect(try site.sweeper.sweep(at: .now + 20) == .init(found: 1))
    #expect(!site.store.calls.contains { $0.operation == .head })
  }

  @Test func `an upload expires an hour after its URL, not before, and gives its room back`() throws {
    let site = try Site()
    let start = Date.now
    let file = try site.claim(size: 500, at: start)
    #expect(try site.sweeper.sweep(at: start + 900 + 3599).isEmpty)
    try site.expectQuota(used: 0, reserved: 500)
    #expect(try site.sweeper.sweep(at: start + 900 + 3600) == .init(expired: 1))
    #expect(try site.state(file) == .expired)
    try site.expectQuota(used: 0, reserved: 0)
    while try site.next(after: 10_000) != nil {}
    #expect(try site.sweeper.sweep(at: start + 900 + 3601).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `an upload whose object is there never expires, however late`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count, at: .now - 100_000)
    try site.put(photo, for: file)
    #expect(try site.sweeper.sweep(at: .now) == .init(found: 1))
    #expect(try site.sweeper.sweep(at: .now).isEmpty)
    #expect(try site.next() == .ready)
    #expect(try site.state(file) == .ready)
  }

  @Test func `an upload that expires leaves nothing under its key, neither versions nor markers`() throws {
    let site = try Site()
    let file = try site.claim(size: 3, at: .now - 10_000)
    try site.put([1, 2, 3], for: file)
    try site.store.memory.delete(site.record(file).rawKey, in: Site.buckets.raw)
    #expect(try site.sweeper.sweep(at: .now).expired == 1)
    #expect(try site.next() == .discarded(versions: 2))
    #expect(try site.state(file) == .expired && site.versions(file).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `an object that comes just as its upload expires is removed without an event`() throws {
    let site = try Site()
    let file = try site.claim(size: 3, at: .now - 10_000)
    let key = try site.record(file).rawKey
    let memory = site.store.memory
    site.store.obey { call, _ in
      guard call.operation == .head else { return nil }
      // Seen as missing, and there before the row has moved.
      do { _ = try memory.head(key, in: Site.buckets.raw) } catch {
        _ = try memory.put(.bytes([1, 2, 3]), to: key, in: Site.buckets.raw)
        return .before(.notFound)
      }
      return .before(.notFound)
    }
    #expect(try site.sweeper.sweep(at: .now).expired == 1)
    site.store.obey(nil)
    #expect(try site.next() == .discarded(versions: 1))
    #expect(try site.versions(file).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `what is put again under a refused upload is found without an event, as long as its URL may be used`()
    throws
  {
    let site = try Site()
    let start = Date.now
    let bytes = Array("<html>no photo</html>".utf8)
    let file = try site.claim(size: bytes.count, at: start)
    try site.put(bytes, for: file)
    try site.hint(file)
    #expect(try site.next() == .rejected(.typeMismatch))
    #expect(try site.sweeper.sweep(at: start + 100).isEmpty)
    try site.put(bytes, for: file)
    #expect(try site.sweeper.sweep(at: start + 900 + 3599) == .init(found: 1))
    #expect(try site.next(after: 5000) == .discarded(versions: 1))
    #expect(try site.sweeper.sweep(at: start + 900 + 3601).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `a store that does not answer expires nobody, and the next sweep goes on`() throws {
    let site = try Site()
    let file = try site.claim(size: 10, at: .now - 10_000)
    site.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(throws: StorageError.unavailable(detail: "store: \(StoreError.unavailable(detail: "away"))")) {
      try site.sweeper.sweep(at: .now)
    }
    #expect(try site.state(file) == .pending)
    site.store.obey(nil)
    #expect(try site.sweeper.sweep(at: .now) == .init(expired: 1))
  }

  @Test func `more files than a page are all looked at`() throws {
    let site = try Site()
    let count = 2 * Sweeper.pageSize + 3
    let files = try (0..<count).map { _ in try site.claim(size: 10, at: .now - 10_000) }
    for file in files.prefix(Sweeper.pageSize + 1) { try site.put([1], for: file) }
    let report = try site.sweeper.sweep(at: .now)
    #expect(report == .init(found: Sweeper.pageSize + 1, expired: Sweeper.pageSize + 2))
    try site.expectQuota(used: 0, reserved: 10 * (Sweeper.pageSize + 1))
  }

  @Test func `several sweepers at once find and expire each upload once`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let late = try (0..<30).map { _ in try site.claim(size: 10, at: .now - 10_000) }
    let lost = try (0..<5).map { _ in try site.claim(size: photo.count) }
    for file in lost { try site.put(photo, for: file) }
    let expired = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      #expect(throws: Never.self) {
        expired.add(try site.sweeper.sweep(at: .now + 20).expired, ordering: .relaxed)
      }
    }
    #expect(expired.load(ordering: .relaxed) == 30)
    for file in late { #expect(try site.state(file) == .expired) }
    while try site.next(after: 100) != nil {}
    for file in lost { #expect(try site.state(file) == .ready) }
    #expect(site.scanner.count == 5)
    try site.expectSettled(used: 5 * photo.count)
  }

  @Test func `with every event lost, sweeps and jobs alone finish all uploads`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let good = try (0..<3).map { _ in try site.claim(size: photo.count) }
    let bad = try site.claim(size: photo.count + 1)
    let never = try site.claim(size: 7)
    for file in good + [bad] { try site.put(photo, for: file) }
    for turn in 1...3 {
      _ = try site.sweeper.sweep(at: .now + Double(turn) * 60)
      while try site.next(after: Double(turn) * 60) != nil {}
    }
    for file in good { #expect(try site.state(file) == .ready) }
    #expect(try site.state(bad) == .rejected && site.state(never) == .pending)
    try site.expectSettled(used: 3 * photo.count, reserved: 7)
  }
}
