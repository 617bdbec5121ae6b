import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// Files whose length nobody told before they came.
@Suite struct SizeLimitTests {
  private static let limit: Int64 = 1_000_000

  private func reserve(_ site: Site, partSize: Int64? = nil) throws -> FileID {
    let claim = try UploadClaim(
      filename: "photo.jpg",
      size: Self.limit,
      contentType: "image/jpeg",
      visibility: "public",
      policy: UploadPolicy()
    )
    let key = RawKey(user: site.user, file: FileID(at: .now), type: .jpeg)
    let new = NewUpload(key: key, claim: claim, expiresAt: .now + 900, partSize: partSize, leastBytes: 1)
    try #require(site.database.reserve(new, at: .now) == .limited(to: Self.limit))
    return key.file
  }

  @Test func `what has come holds its own length, also while the scanner does not answer, and is charged that`() throws
  {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try reserve(site)
    try site.put(photo, for: file)
    try site.hint(file)
    site.store.obey { call, _ in call.operation == .get ? .before(.unavailable(detail: "busy")) : nil }
    #expect(try site.next()?.isPostponed == true)
    try site.expectQuota(used: 0, reserved: photo.count)
    site.store.obey(nil)
    #expect(try site.next(after: 10) == .ready)
    #expect(try site.record(file).size == Int64(photo.count) && !site.record(file).isSizeLimit)
    try site.expectSettled(used: photo.count)
  }

  @Test func `what is longer than the limit, or empty, is refused, and holds nothing`() throws {
    for count in [Int(Self.limit) + 1, 0] {
      let site = try Site()
      let file = try reserve(site)
      try site.put([UInt8](repeating: 1, count: count), for: file)
      try site.hint(file)
      #expect(try site.next() == .rejected(.sizeMismatch))
      try site.expectSettled(used: 0)
    }
  }

  @Test func `another file put over the first, once that is measured, is not the one that was`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try reserve(site)
    try site.put(photo, for: file)
    #expect(try site.database.measure(file, size: Int64(photo.count)))
    try site.put(photo + [0], for: file)
    try site.hint(file)
    #expect(try site.next() == .rejected(.sizeMismatch))
    try site.expectSettled(used: 0)
  }

  @Test func `an upload whose parts grow beyond the limit is aborted by the sweep, one within it is not`() throws {
    let site = try Site()
    let (store, bucket) = (site.store.memory, Site.buckets.raw)
    func begin(_ counts: [Int]) throws -> FileID {
      let file = try reserve(site, partSize: 5 << 20)
      let key = try site.record(file).rawKey
      let upload = try store.createMultipartUpload(key, in: bucket)
      for (index, count) in counts.enumerated() {
        let body = ObjectBody.bytes([UInt8](repeating: 1, count: count))
        _ = try store.uploadPart(body, number: index + 1, to: key, in: bucket, upload: upload)
      }
      try #require(try site.database.open(file, as: upload.description, until: .now + 86_400))
      return file
    }
    let (small, exact, large) = (try begin([5]), try begin([999_999, 1]), try begin([999_999, 2]))
    _ = try begin([])
    var foreseen: [SweepFinding] = []
    try site.sweeper.sweepAll(at: .now, isDryRun: true) { foreseen += $0.findings }
    #expect(foreseen.map(\.file.id) == [large] && foreseen.map(\.reason) == [.overLimit])
    #expect(try site.state(large) == .pending)
    #expect(try site.sweeper.sweep(at: .now) == .init(aborted: 1))
    #expect(try site.state(large) == .aborted && site.state(small) == .pending && site.state(exact) == .pending)
    try site.expectQuota(used: 0, reserved: 3 * Int(Self.limit))
    #expect(try site.next() == .idle)
    #expect(try site.record(large).multipart == nil)
    #expect(try site.sweeper.sweep(at: .now).isEmpty)
  }
}
