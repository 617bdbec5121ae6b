import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// Files without a claimed length.
@Suite struct SizeLimitTests {
  private static let limit: Int64 = 1_000_000

  private func reserve(_ fixture: ProcessingFixture, partSize: Int64? = nil) throws -> FileID {
    let claim = try UploadClaim(
      filename: "photo.jpg",
      size: Self.limit,
      contentType: "image/jpeg",
      visibility: "public",
      policy: UploadPolicy()
    )
    let key = RawKey(user: fixture.user, file: FileID(at: .now), type: .jpeg)
    let new = NewUpload(key: key, claim: claim, expiresAt: .now + 900, partSize: partSize, leastBytes: 1)
    try #require(fixture.database.reserve(new, at: .now) == .limited(to: Self.limit))
    return key.file
  }

  @Test func `an arrived file is charged its own length, also while the scanner does not answer`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try reserve(fixture)
    try fixture.put(photo, for: file)
    try fixture.hint(file)
    fixture.store.obey { call, _ in
      call.operation == .get ? .during(.unavailable(detail: "busy"), { _ in [] }) : nil
    }
    #expect(try fixture.next()?.isPostponed == true)
    try fixture.expectQuota(used: 0, reserved: photo.count)
    fixture.store.obey(nil)
    #expect(try fixture.next(after: 10) == .ready)
    #expect(try fixture.record(file).size == Int64(photo.count) && !fixture.record(file).isSizeLimit)
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `a file above the limit, or an empty one, is refused and not charged`() throws {
    for count in [Int(Self.limit) + 1, 0] {
      let fixture = try ProcessingFixture()
      let file = try reserve(fixture)
      try fixture.put([UInt8](repeating: 1, count: count), for: file)
      try fixture.hint(file)
      #expect(try fixture.next() == .rejected(.sizeMismatch))
      try fixture.expectSettled(used: 0)
    }
  }

  @Test func `a file that replaces the first one after its measurement is not accepted`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try reserve(fixture)
    try fixture.put(photo, for: file)
    #expect(try fixture.database.measure(file, size: Int64(photo.count)))
    try fixture.put(photo + [0], for: file)
    try fixture.hint(file)
    #expect(try fixture.next() == .rejected(.sizeMismatch))
    try fixture.expectSettled(used: 0)
  }

  @Test func `an upload whose parts exceed the limit is aborted by the sweep, one within it is not`() throws {
    let fixture = try ProcessingFixture()
    let (store, bucket) = (fixture.store.memory, ProcessingFixture.buckets.raw)
    func begin(_ counts: [Int]) throws -> FileID {
      let file = try reserve(fixture, partSize: 5 << 20)
      let key = try fixture.record(file).rawKey
      let upload = try store.createMultipartUpload(key, in: bucket)
      for (index, count) in counts.enumerated() {
        let body = ObjectBody.bytes([UInt8](repeating: 1, count: count))
        _ = try store.uploadPart(body, number: index + 1, to: key, in: bucket, upload: upload)
      }
      try #require(try fixture.database.open(file, as: upload.description, until: .now + 86_400))
      return file
    }
    let (small, exact, large) = (try begin([5]), try begin([999_999, 1]), try begin([999_999, 2]))
    _ = try begin([])
    var foreseen: [SweepFinding] = []
    try fixture.sweeper.sweepAll(at: .now, isDryRun: true) { foreseen += $0.findings }
    #expect(foreseen.map(\.file.id) == [large] && foreseen.map(\.reason) == [.overLimit])
    #expect(try fixture.state(large) == .pending)
    #expect(try fixture.sweeper.sweep(at: .now) == .init(aborted: 1))
    #expect(
      try fixture.state(large) == .aborted && fixture.state(small) == .pending && fixture.state(exact) == .pending
    )
    try fixture.expectQuota(used: 0, reserved: 3 * Int(Self.limit))
    #expect(try fixture.next() == .idle)
    #expect(try fixture.record(large).multipart == nil)
    #expect(try fixture.sweeper.sweep(at: .now).isEmpty)
  }
}
