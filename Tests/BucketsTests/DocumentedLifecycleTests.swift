import Core
import Foundation
import S3
import Storage
import TestSupport
import Testing

@testable import Buckets

/// The rules of the raw bucket, executed as S3's documentation describes, over a store in memory with a clock.
@Suite struct DocumentedLifecycleTests {
  private let clock: MovableClock
  private let store: MemoryStore
  private let lifecycle: Lifecycle
  /// 2026-03-10 10:30 UTC.
  private static let start = Date(timeIntervalSince1970: 1_773_138_600)
  private static let midnight = Date(timeIntervalSince1970: 1_773_100_800)

  init() throws {
    let clock = MovableClock(Self.start)
    self.clock = clock
    store = MemoryStore { clock.now }
    try store.createBucket("raw")
    try store.setVersioning(true, of: "raw")
    let documents = try BucketFixture().documents().first { $0.role == .raw }?.documents
    lifecycle = try Lifecycle(try #require(documents?[.lifecycle] ?? nil))
  }

  private func put(_ key: String, size: Int = 10, tags: [String: String] = [:]) throws -> VersionID {
    let put = try store.put(.bytes([UInt8](repeating: 1, count: size)), to: key, in: "raw")
    let version = try #require(put.version)
    if !tags.isEmpty { try store.setTags(tags, of: key, in: "raw", version: version) }
    return version
  }

  /// Executes the rules at this many days, or parts of one, after the midnight before the start.
  private func run(_ days: Double) throws -> [LifecycleAction] {
    clock.now = Self.midnight + days * 86_400
    return try store.run(lifecycle, in: "raw")
  }

  @Test func `days are added to the time, and rounded up to midnight`() {
    // The example of the documentation: 3 days after 2014-01-15 10:30 are 2014-01-19 00:00.
    #expect(
      Lifecycle.due(Date(timeIntervalSince1970: 1_389_781_800), days: 3) == Date(timeIntervalSince1970: 1_390_089_600)
    )
    #expect(Lifecycle.due(Self.midnight, days: 1) == Self.midnight + 86_400)
  }

  @Test func `a tagged object expires at the midnight after a year, and its bytes go 31 days later`() throws {
    let standard = try put("ann/1/a.jpg", tags: ["retention": "standard"])
    _ = try put("ann/2/a.jpg")
    _ = try put("ann/3/a.jpg", tags: ["retention": "other"])
    #expect(try run(365.99).isEmpty)
    #expect(try run(366) == [.expired("ann/1/a.jpg")])
    #expect(try store.bytes(of: "ann/1/a.jpg", in: "raw", version: standard, limit: 99).count == 10)
    #expect(throws: StoreError.notFound) { try store.head("ann/1/a.jpg", in: "raw") }
    #expect(try run(396.99).isEmpty)
    #expect(try run(397) == [.removed("ann/1/a.jpg", standard), .removedMarker("ann/1/a.jpg")])
    #expect(try run(4000).isEmpty)
  }

  @Test func `a version goes 31 days after the next one came, however old it is`() throws {
    let old = try put("ann/1/a.jpg")
    clock.now = Self.midnight + 100.3 * 86_400
    let new = try put("ann/1/a.jpg")
    #expect(try run(131.99).isEmpty)
    #expect(try run(132) == [.removed("ann/1/a.jpg", old)])
    #expect(try store.versions(of: "ann/1/a.jpg", in: "raw").map(\.version) == [new])
  }

  @Test func `large objects move after 30 days, and small ones stay`() throws {
    _ = try put("ann/1/large.jpg", size: 131_072)
    _ = try put("ann/2/small.jpg", size: 131_071)
    #expect(try run(30.99).isEmpty)
    #expect(try run(31) == [.moved("ann/1/large.jpg", to: "STANDARD_IA")])
    #expect(try store.storageClass(of: "ann/1/large.jpg", in: "raw") == "STANDARD_IA")
    #expect(try run(99).isEmpty)
  }

  @Test func `an upload in parts is aborted 7 days after its start`() throws {
    let upload = try store.createMultipartUpload("ann/1/film.mp4", in: "raw")
    #expect(try run(7.99).isEmpty)
    #expect(try run(8) == [.aborted(upload)])
    #expect(try store.listMultipartUploads("raw", prefix: "", after: nil, limit: 9).items.isEmpty)
  }

  @Test func `without versions, an expired object is gone at once`() throws {
    try store.createBucket("plain")
    _ = try store.put(.bytes([1]), to: "a", in: "plain")
    try store.setTags(["retention": "standard"], of: "a", in: "plain")
    clock.now = Self.midnight + 366 * 86_400
    #expect(try store.run(lifecycle, in: "plain") == [.expired("a")])
    #expect(try store.listVersions("plain", prefix: "", after: nil, limit: 9).items.isEmpty)
  }

  @Test func `a document with an unknown member is refused`() throws {
    let unknown = #"{"Rules":[{"ID":"a","Status":"Enabled","Filter":{"ObjectSizeLessThan":5}}]}"#
    #expect(throws: SetUpFailure.self) { try Lifecycle(try json(unknown)) }
  }
}
