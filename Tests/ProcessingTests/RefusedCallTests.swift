import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// A store whose keys lack rights answers 403, on AWS also for a missing object.
@Suite struct RefusedCallTests {
  private static let refusal = StoreError.accessDenied(
    detail: "403: HeadObject in raw needs s3:GetObject, s3:ListBucket"
  )

  @Test(arguments: [
    [FaultyStore.Operation.head], [.get], [.list, .listVersions], [.listParts, .listUploads], [.delete], [.put],
    [.bucket], [.head, .get, .list, .listVersions, .listParts, .listUploads, .delete, .put, .bucket],
  ])
  func `no refused call ends a reservation, rejects a file or frees quota`(refused: [FaultyStore.Operation]) throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let ready = try fixture.upload(photo)
    #expect(try fixture.next() == .ready)
    let waiting = try fixture.claim(size: photo.count, at: .now - 10_000)
    let late = try fixture.claim(size: photo.count)
    try fixture.put(photo, for: late)
    #expect(try fixture.database.receive(late, at: .now))
    try fixture.hint(late)
    try fixture.hint(waiting)
    let quota = try #require(try fixture.database.user(fixture.user))
    fixture.store.obey { call, _ in refused.contains(call.operation) ? .before(Self.refusal) : nil }
    for turn in 0..<6 { _ = try fixture.next(after: Double(turn) * 10 + 1) }
    if refused.contains(.head) {
      #expect(throws: StorageError.self) { try fixture.sweeper.sweep(at: .now + 5_000) }
      #expect(try fixture.state(waiting) == .pending)
    }
    if refused.contains(.get) {
      let now = try #require(try fixture.database.user(fixture.user))
      #expect(now.reservedBytes == quota.reservedBytes && now.usedBytes == quota.usedBytes)
    }
    #expect(try fixture.state(ready) == .ready)
    #expect([.received, .ready].contains(try fixture.state(late)))
    #expect(try fixture.versions(late).contains { !$0.isDeleteMarker })
    // With the rights back, the work ends as if nothing had happened.
    fixture.store.obey(nil)
    try fixture.settle(after: 10_000)
    #expect(try fixture.state(late) == .ready)
  }

  @Test func `a refused HEAD does not make an object missing for the daily comparison`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let record = try fixture.record(file)
    let raw = ProcessingFixture.buckets.raw
    for version in try fixture.versions(file) {
      try fixture.store.memory.delete(record.rawKey, in: raw, version: version.version)
    }
    let comparison = BucketComparison(database: fixture.database, store: fixture.store, bucket: raw)
    fixture.store.obey { call, _ in call.operation == .head ? .before(Self.refusal) : nil }
    #expect(throws: StorageError.self) { try comparison.next(at: .now + 100_000) }
    #expect(try fixture.state(file) == .ready)
    fixture.store.obey(nil)
    #expect(try comparison.next(at: .now + 200_000)?.missing == [file])
  }

  @Test func `a refused HEAD of a variant renders nothing again`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    fixture.store.obey { call, _ in call.operation == .head ? .before(Self.refusal) : nil }
    let processor = fixture.processor
    _ = try fixture.database.enqueue(.render, for: [file], at: .now)
    #expect(try processor.next(at: .now + 1)?.outcome.isPostponed == true)
    #expect(!fixture.store.calls.contains { $0.operation == .put })
  }
}
