import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct StoreFaultTests {
  /// Runs `body` with both kinds of failure at each call in turn, until `body` returns false.
  private func forEachFault(_ body: (_ number: Int, _ fault: FaultyStore.Fault) throws -> Bool) throws {
    let error = StoreError.unavailable(detail: "the test's own")
    for fault in [FaultyStore.Fault.before(error), .after(error)] {
      var number = 0
      while try body(number, fault) { number += 1 }
      #expect(number >= 4)
    }
  }

  @Test(arguments: [true, false])
  func `a store that fails at any single call loses nothing, and the next run completes`(isVersioned: Bool) throws {
    let photo = try ProcessingFixture.photo.get()
    try forEachFault { number, fault in
      let fixture = try ProcessingFixture(isVersioned: isVersioned)
      let file = try fixture.upload(photo)
      fixture.store.obey { _, at in at == number ? fault : nil }
      let first = try fixture.next()
      guard fixture.store.calls.count > number else {
        #expect(first == .ready)
        return false
      }
      #expect(first?.isPostponed == true, "call \(number)")
      #expect(try fixture.database.recountQuotas().isEmpty)
      _ = try fixture.next(after: 10)
      #expect(try fixture.state(file) == .ready)
      #expect(try fixture.processedKeys().sorted() == fixture.record(file).variants.map(\.objectKey).sorted())
      let left = try fixture.store.memory.listVersions(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10)
        .items
      #expect(left.count == 1 && left[0].size == photo.count)
      #expect(left[0].key == (isVersioned ? try fixture.record(file).rawKey : "ann/\(file)/kept.jpg"))
      try fixture.expectSettled(used: photo.count)
      return true
    }
  }

  @Test func `a refused file's object is deleted, whatever call fails`() throws {
    try forEachFault { number, fault in
      let fixture = try ProcessingFixture()
      fixture.scanner.say(.success(.infected(name: "Test")))
      let file = try fixture.upload()
      try fixture.put([1, 2, 3], for: file)
      try fixture.put(ProcessingFixture.photo.get(), for: file)
      fixture.store.obey { _, at in at == number ? fault : nil }
      let first = try fixture.next()
      guard fixture.store.calls.count > number else {
        #expect(first == .rejected(.malware))
        return false
      }
      #expect(first?.isPostponed == true, "call \(number)")
      _ = try fixture.next(after: 10)
      #expect(try fixture.state(file) == .rejected && fixture.record(file).reason == .malware)
      #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty)
      try fixture.expectSettled(used: 0)
      return true
    }
  }

  @Test func `renderings of a file that is refused after all are deleted with it`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.store.obey { call, _ in
      call.key.contains("original.jpg") && call.operation == .put ? .before(.throttled(detail: "")) : nil
    }
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try fixture.processedKeys().count == 2)
    fixture.store.obey(nil)
    fixture.scanner.say(.success(.infected(name: "Test")))
    #expect(try fixture.next(after: 10) == .rejected(.malware))
    #expect(try fixture.processedKeys().isEmpty && fixture.versions(file).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `renderings of another file stay`() throws {
    let fixture = try ProcessingFixture()
    _ = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let before = try fixture.processedKeys()
    fixture.scanner.say(.success(.infected(name: "Test")))
    _ = try fixture.upload()
    #expect(try fixture.next() == .rejected(.malware))
    #expect(try fixture.processedKeys() == before)
  }

  @Test func `a worker that dies between rejection and deletion is replaced, and the object is deleted`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.success(.infected(name: "Test")))
    let file = try fixture.upload()
    fixture.store.obey { call, _ in call.operation == .delete ? .before(.unavailable(detail: "gone")) : nil }
    // The worker does not return its job: only the lease expires.
    let job = try #require(try fixture.database.leaseJob(seconds: 120, at: .now))
    #expect(try fixture.database.receive(file, at: .now))
    #expect(try fixture.database.reject(.malware, under: job, at: .now))
    #expect(try fixture.next(after: 60) == nil)
    #expect(try fixture.next(after: 130)?.isPostponed == true)
    #expect(try fixture.versions(file).count == 1)
    fixture.store.obey(nil)
    #expect(try fixture.colleague().next(at: .now + 200)?.outcome == .discarded(versions: 1))
    #expect(try fixture.versions(file).isEmpty)
    #expect(try fixture.record(file).reason == .malware)
    try fixture.expectSettled(used: 0)
  }

  @Test func `a worker that dies after publication leaves a complete file`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.store.obey { call, _ in call.operation == .listVersions ? .before(.timeout(detail: "slow")) : nil }
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try fixture.state(file) == .ready)
    fixture.store.obey(nil)
    #expect(try fixture.next(after: 10) == .idle)
    try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
  }

  @Test(arguments: [
    StoreError.accessDenied(detail: ""), .throttled(detail: ""), .timeout(detail: ""), .clockSkew(detail: ""),
    .tls(detail: ""), .unexpected(detail: ""), .noSuchBucket,
  ])
  func `only a 404 means that an object is missing`(error: StoreError) throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let late = try fixture.claim(size: 10, at: .now - 10_000)
    #expect(try fixture.database.receive(file, at: .now))
    fixture.store.obey { call, _ in [.head, .get].contains(call.operation) ? .before(error) : nil }
    for turn in 0..<4 { #expect(try fixture.next(after: Double(turn) * 10 + 1)?.isPostponed == true) }
    #expect(throws: StorageError.self) { try fixture.sweeper.sweep(at: .now + 100_000) }
    #expect(try fixture.state(file) == .received && fixture.state(late) == .pending)
    fixture.store.obey(nil)
    #expect(try fixture.next(after: 100) == .ready)
  }

  @Test func `a missing bucket is not mistaken for a missing object`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    let received = try fixture.claim(size: photo.count)
    #expect(try fixture.database.receive(received, at: .now))
    for file in [file, received] { try fixture.hint(file) }
    try fixture.store.memory.deleteBucket(ProcessingFixture.buckets.raw)
    for turn in 0..<6 { _ = try fixture.next(after: Double(turn) * 10 + 1) }
    #expect(throws: StorageError.self) { try fixture.sweeper.sweep(at: .now + 100_000) }
    #expect(try fixture.state(file) == .pending && fixture.state(received) == .received)
    try fixture.store.createBucket(ProcessingFixture.buckets.raw)
    try fixture.put(photo, for: received)
    try fixture.hint(received)
    while try fixture.next(after: 200) != nil {}
    #expect(try fixture.state(received) == .ready)
  }

  @Test func `an object deleted by somebody else makes the file unreadable`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(.unavailable(detail: "away")))
    let file = try fixture.upload()
    #expect(try fixture.next()?.isPostponed == true)
    for version in try fixture.versions(file) {
      try fixture.store.memory.delete(version.key, in: ProcessingFixture.buckets.raw, version: version.version)
    }
    #expect(try fixture.next(after: 10) == .rejected(.unreadable))
    try fixture.expectSettled(used: 0)
  }

  @Test func `an object deleted while it is read is requested again`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let key = try fixture.record(file).rawKey
    let memory = fixture.store.memory
    fixture.store.obey { call, _ in
      guard call.operation == .get else { return nil }
      return .during(.notFound) { bytes in
        for version in try memory.listVersions(ProcessingFixture.buckets.raw, prefix: key, after: nil, limit: 9).items {
          try memory.delete(key, in: ProcessingFixture.buckets.raw, version: version.version)
        }
        return Array(bytes.dropLast())
      }
    }
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try fixture.next(after: 10) == .rejected(.unreadable))
    try fixture.expectSettled(used: 0)
  }

  @Test(arguments: [true, false])
  func `a store that sends less, more or nothing, or another object in between, gets no verdict`(
    isVersioned: Bool
  ) throws {
    let photo = try ProcessingFixture.photo.get()
    let changes: [(StoreError?, @Sendable ([UInt8]) -> [UInt8])] = [
      (nil, { Array($0.dropLast()) }), (nil, { $0 + [0] }), (nil, { _ in [] }), (nil, { $0 + $0 }),
      (.integrity(detail: "the object changed while it was read"), { Array($0.prefix(100)) }),
      (.timeout(detail: "slow"), { Array($0.prefix(100)) }), (.aborted(detail: "gone"), { $0 }),
    ]
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    let file = try fixture.upload(photo)
    for (turn, change) in changes.enumerated() {
      fixture.store.obey { call, _ in call.operation == .get ? .during(change.0, change.1) : nil }
      #expect(try fixture.next(after: Double(turn) * 10 + 1)?.isPostponed == true, "\(turn)")
      #expect(fixture.store.calls.allSatisfy { ![.put, .delete].contains($0.operation) }, "\(turn)")
      #expect(try fixture.state(file) == .received && fixture.processedKeys().isEmpty)
    }
    #expect(fixture.scanner.count == 0)
    fixture.store.obey(nil)
    #expect(try fixture.next(after: 100) == .ready)
    try fixture.expectSettled(used: photo.count)
  }
}
