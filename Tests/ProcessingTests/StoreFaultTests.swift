import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct StoreFaultTests {
  /// Both ways in which a call fails, at one place after the other.
  private func forEachFault(_ body: (_ number: Int, _ fault: FaultyStore.Fault) throws -> Bool) throws {
    let error = StoreError.unavailable(detail: "the test's own")
    for fault in [FaultyStore.Fault.before(error), .after(error)] {
      var number = 0
      while try body(number, fault) { number += 1 }
      #expect(number >= 4)
    }
  }

  @Test(arguments: [true, false])
  func `a store that fails at any one call loses nothing, and the next run completes`(isVersioned: Bool) throws {
    let photo = try Site.photo.get()
    try forEachFault { number, fault in
      let site = try Site(isVersioned: isVersioned)
      let file = try site.upload(photo)
      site.store.obey { _, at in at == number ? fault : nil }
      let first = try site.next()
      guard site.store.calls.count > number else {
        #expect(first == .ready)
        return false
      }
      #expect(first?.isPostponed == true, "call \(number)")
      #expect(try site.database.recountQuotas().isEmpty)
      _ = try site.next(after: 10)
      #expect(try site.state(file) == .ready)
      #expect(try site.processedKeys().sorted() == site.record(file).variants.map(\.key).sorted())
      let left = try site.store.memory.listVersions(Site.buckets.raw, prefix: "", after: nil, limit: 10).items
      #expect(left.count == 1 && left[0].size == photo.count)
      #expect(left[0].key == (isVersioned ? try site.record(file).rawKey : "ann/\(file)/kept.jpg"))
      try site.expectSettled(used: photo.count)
      return true
    }
  }

  @Test func `a refused file's object goes whatever call fails`() throws {
    try forEachFault { number, fault in
      let site = try Site()
      site.scanner.say(.success(.infected(name: "Test")))
      let file = try site.upload()
      try site.put([1, 2, 3], for: file)
      try site.put(Site.photo.get(), for: file)
      site.store.obey { _, at in at == number ? fault : nil }
      let first = try site.next()
      guard site.store.calls.count > number else {
        #expect(first == .rejected(.malware))
        return false
      }
      #expect(first?.isPostponed == true, "call \(number)")
      _ = try site.next(after: 10)
      #expect(try site.state(file) == .rejected && site.record(file).reason == .malware)
      #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty)
      try site.expectSettled(used: 0)
      return true
    }
  }

  @Test func `renderings of a file that is refused after all go with it`() throws {
    let site = try Site()
    let file = try site.upload()
    site.store.obey { call, _ in
      call.key.contains("original.jpg") && call.operation == .put ? .before(.throttled(detail: "")) : nil
    }
    #expect(try site.next()?.isPostponed == true)
    #expect(try site.processedKeys().count == 2)
    site.store.obey(nil)
    site.scanner.say(.success(.infected(name: "Test")))
    #expect(try site.next(after: 10) == .rejected(.malware))
    #expect(try site.processedKeys().isEmpty && site.versions(file).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `renderings of another file stay`() throws {
    let site = try Site()
    _ = try site.upload()
    #expect(try site.next() == .ready)
    let before = try site.processedKeys()
    site.scanner.say(.success(.infected(name: "Test")))
    _ = try site.upload()
    #expect(try site.next() == .rejected(.malware))
    #expect(try site.processedKeys() == before)
  }

  @Test func `a worker that dies between refusal and removal is taken over, and the object goes`() throws {
    let site = try Site()
    site.scanner.say(.success(.infected(name: "Test")))
    let file = try site.upload()
    site.store.obey { call, _ in call.operation == .delete ? .before(.unavailable(detail: "gone")) : nil }
    // The worker never comes to give its job back: only its lease ends.
    let job = try #require(try site.database.leaseJob(seconds: 120, at: .now))
    #expect(try site.database.receive(file, at: .now))
    #expect(try site.database.reject(.malware, under: job, at: .now))
    #expect(try site.next(after: 60) == nil)
    #expect(try site.next(after: 130)?.isPostponed == true)
    #expect(try site.versions(file).count == 1)
    site.store.obey(nil)
    #expect(try site.colleague().next(at: .now + 200)?.outcome == .discarded(versions: 1))
    #expect(try site.versions(file).isEmpty)
    #expect(try site.record(file).reason == .malware)
    try site.expectSettled(used: 0)
  }

  @Test func `a worker that dies after it published leaves a file that is whole`() throws {
    let site = try Site()
    let file = try site.upload()
    site.store.obey { call, _ in call.operation == .listVersions ? .before(.timeout(detail: "slow")) : nil }
    #expect(try site.next()?.isPostponed == true)
    #expect(try site.state(file) == .ready)
    site.store.obey(nil)
    #expect(try site.next(after: 10) == .idle)
    try site.expectSettled(used: try Site.photo.get().count)
  }

  @Test(arguments: [
    StoreError.accessDenied(detail: ""), .throttled(detail: ""), .timeout(detail: ""), .clockSkew(detail: ""),
    .tls(detail: ""), .unexpected(detail: ""), .noSuchBucket,
  ])
  func `no answer but 404 says that an object is not there`(error: StoreError) throws {
    let site = try Site()
    let file = try site.upload()
    let late = try site.claim(size: 10, at: .now - 10_000)
    #expect(try site.database.receive(file, at: .now))
    site.store.obey { call, _ in call.operation == .head ? .before(error) : nil }
    for turn in 0..<4 { #expect(try site.next(after: Double(turn) * 10 + 1)?.isPostponed == true) }
    #expect(throws: StorageError.self) { try site.sweeper.sweep(at: .now + 100_000) }
    #expect(try site.state(file) == .received && site.state(late) == .pending)
    site.store.obey(nil)
    #expect(try site.next(after: 100) == .ready)
  }

  @Test func `a bucket that is not there is not an object that is not there`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count)
    let received = try site.claim(size: photo.count)
    #expect(try site.database.receive(received, at: .now))
    for file in [file, received] { try site.hint(file) }
    try site.store.memory.deleteBucket(Site.buckets.raw)
    for turn in 0..<6 { _ = try site.next(after: Double(turn) * 10 + 1) }
    #expect(throws: StorageError.self) { try site.sweeper.sweep(at: .now + 100_000) }
    #expect(try site.state(file) == .pending && site.state(received) == .received)
    try site.store.createBucket(Site.buckets.raw)
    try site.put(photo, for: received)
    try site.hint(received)
    while try site.next(after: 200) != nil {}
    #expect(try site.state(received) == .ready)
  }

  @Test func `an object that was taken away behind our back is unreadable`() throws {
    let site = try Site()
    site.scanner.say(.failure(.unavailable(detail: "away")))
    let file = try site.upload()
    #expect(try site.next()?.isPostponed == true)
    for version in try site.versions(file) {
      try site.store.memory.delete(version.key, in: Site.buckets.raw, version: version.version)
    }
    #expect(try site.next(after: 10) == .rejected(.unreadable))
    try site.expectSettled(used: 0)
  }

  @Test func `an object that goes between the look and the fetch is looked at again`() throws {
    let site = try Site()
    let file = try site.upload()
    let key = try site.record(file).rawKey
    let memory = site.store.memory
    site.store.obey { call, _ in
      guard call.operation == .get else { return nil }
      try memory.delete(key, in: Site.buckets.raw, version: call.version)
      return nil
    }
    #expect(try site.next()?.isPostponed == true)
    #expect(try site.next(after: 10) == .rejected(.unreadable))
    try site.expectSettled(used: 0)
  }
}
