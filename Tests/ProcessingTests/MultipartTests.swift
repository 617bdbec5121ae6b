import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct MultipartTests {
  /// A pending upload of one part, as presign begins it; its name is kept unless presign died before.
  private func begin(
    _ site: Site,
    _ bytes: [UInt8] = [1, 2, 3],
    sha256: String? = nil,
    isNamed: Bool = true,
    at now: Date = .now
  ) throws -> (file: FileID, upload: UploadID) {
    let claim = try UploadClaim(
      filename: "photo.jpg",
      size: Int64(bytes.count),
      contentType: "image/jpeg",
      sha256: sha256,
      policy: UploadPolicy()
    )
    let key = RawKey(user: site.user, file: FileID(at: now), type: .jpeg)
    let new = NewUpload(key: key, claim: claim, expiresAt: now + 900, partSize: 5 << 20)
    try #require(site.database.reserve(new, at: now) == .reserved)
    let store = site.store.memory
    let upload = try store.createMultipartUpload(key.description, in: Site.buckets.raw)
    _ = try store.uploadPart(.bytes(bytes), number: 1, to: key.description, in: Site.buckets.raw, upload: upload)
    if isNamed { try #require(try site.database.open(key.file, as: upload.description, until: now + 86_400)) }
    return (key.file, upload)
  }

  /// Makes the object, as presign does.
  private func assemble(_ site: Site, _ file: FileID, _ upload: UploadID) throws {
    let key = try site.record(file).rawKey
    let (store, bucket) = (site.store.memory, Site.buckets.raw)
    let parts = try store.listParts(of: upload, to: key, in: bucket, after: nil, limit: 10).items.map(\.part)
    _ = try store.completeMultipartUpload(upload, to: key, in: bucket, parts: parts)
  }

  private func left(_ site: Site) throws -> [String] {
    try site.store.memory.listMultipartUploads(Site.buckets.raw, prefix: "", after: nil, limit: 100).items.map(\.key)
  }

  @Test func `what was uploaded in parts becomes ready, and its upload is forgotten`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let (file, upload) = try begin(site, photo)
    try assemble(site, file, upload)
    try #require(try site.database.complete(file, at: .now))
    #expect(try site.next() == .ready)
    #expect(try site.record(file).multipart == nil)
    try site.expectSettled(used: photo.count)
  }

  @Test func `what the store began without anybody's knowing, since its answer was lost, ends with the file's upload`()
    throws
  {
    let site = try Site()
    let (file, upload) = try begin(site, try Site.photo.get())
    let key = try site.record(file).rawKey
    for other in [key, key + ".other"] { _ = try site.store.memory.createMultipartUpload(other, in: Site.buckets.raw) }
    try assemble(site, file, upload)
    try #require(try site.database.complete(file, at: .now))
    #expect(try site.next() == .ready)
    #expect(try left(site) == [key + ".other"])
  }

  @Test(arguments: [true, false])
  func `the digest of what was uploaded in parts is compared, whether the store keeps versions or not`(
    isVersioned: Bool
  ) throws {
    let photo = try Site.photo.get()
    let right = SHA256.hexadecimal(of: photo)
    for (digest, outcome) in [
      (right, ProcessingOutcome.ready), (String(right.reversed()), .rejected(.checksumMismatch)),
    ] {
      let site = try Site(isVersioned: isVersioned)
      let (file, upload) = try begin(site, photo, sha256: digest)
      try assemble(site, file, upload)
      try #require(try site.database.complete(file, at: .now))
      #expect(try site.next() == outcome)
      try site.expectSettled(used: outcome == .ready ? photo.count : 0)
      #expect(try site.versions(file).isEmpty == (outcome != .ready || !isVersioned))
      #expect(site.scanner.count == (outcome == .ready ? 1 : 0))
    }
  }

  @Test func `a completion that nobody heard of is found by the sweep`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let (file, upload) = try begin(site, photo, at: .now - 90_000)
    try assemble(site, file, upload)
    #expect(try site.sweeper.sweep(at: .now) == .init(found: 1))
    #expect(try site.next() == .ready)
    try site.expectSettled(used: photo.count)
  }

  @Test func `an upload that outlived its own completion ends before its file is judged`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let (file, _) = try begin(site, photo)
    try site.put(photo, for: file)
    try site.hint(file)
    #expect(try site.next() == .ready)
    #expect(try left(site).isEmpty && site.record(file).multipart == nil)
  }

  @Test(arguments: [true, false])
  func `the upload of an abandoned file is aborted, named or not`(isNamed: Bool) throws {
    let site = try Site()
    let (file, _) = try begin(site, isNamed: isNamed)
    let other = try begin(site)
    try #require(try site.database.abort(file, of: site.user, removingAt: .now))
    #expect(try site.next() == .idle)
    #expect(try left(site) == [site.record(other.file).rawKey] && site.record(file).multipart == nil)
    try site.expectQuota(used: 0, reserved: 3)
  }

  @Test func `an abort goes on until the store says that there is no such upload`() throws {
    let site = try Site()
    let (file, _) = try begin(site)
    try #require(try site.database.abort(file, of: site.user, removingAt: .now))
    // As a store that has a part on its way answers: done, and the upload is still there.
    site.store.obey { call, _ in
      call.operation == .abortUpload ? .before(.unavailable(detail: "busy")) : nil
    }
    #expect(try site.next()?.isPostponed == true)
    #expect(try left(site).count == 1 && site.record(file).multipart != nil)
    site.store.obey { call, _ in call.operation == .abortUpload ? .after(.timeout(detail: "lost")) : nil }
    #expect(try site.next(after: 10)?.isPostponed == true)
    #expect(try site.record(file).multipart != nil)
    site.store.obey(nil)
    #expect(try site.next(after: 20) == .idle)
    #expect(try left(site).isEmpty && site.record(file).multipart == nil)
  }

  @Test func `an upload expires an hour after its day, not before, and leaves nothing`() throws {
    let site = try Site()
    let start = Date.now - 200_000
    let (file, _) = try begin(site, at: start)
    #expect(try site.sweeper.sweep(at: start + 86_400 + 3599).isEmpty)
    #expect(try site.sweeper.sweep(at: start + 86_400 + 3600).expired == 1)
    #expect(try site.state(file) == .expired)
    try site.expectQuota(used: 0, reserved: 0)
    #expect(try site.next() == .idle)
    #expect(try left(site).isEmpty && site.record(file).multipart == nil)
    #expect(try site.sweeper.sweep(at: .now).isEmpty)
  }

  @Test func `a presign that died before it kept the store's name holds room for a quarter of an hour and an hour`()
    throws
  {
    let site = try Site()
    let start = Date.now - 10_000
    let (file, _) = try begin(site, isNamed: false, at: start)
    #expect(try site.sweeper.sweep(at: start + 900 + 3599).isEmpty)
    #expect(try site.sweeper.sweep(at: start + 900 + 3600).expired == 1)
    #expect(try site.next() == .idle)
    #expect(try left(site).isEmpty && site.state(file) == .expired)
    try site.expectSettled(used: 0)
  }

  @Test func `an upload that no pending file knows is aborted after a day, and nobody else's is`() throws {
    let site = try Site()
    let (store, bucket) = (site.store.memory, Site.buckets.raw)
    // Begun for a row that never came to be, under a live file's key, under no key of ours, and a live one.
    let unknown = RawKey(user: site.user, file: FileID(at: .now), type: .png).description
    let live = try begin(site)
    let liveKey = try site.record(live.file).rawKey
    for key in [unknown, liveKey, "backup/of/somebody.bin"] { _ = try store.createMultipartUpload(key, in: bucket) }
    let now = Date.now
    #expect(try site.sweeper.sweep(at: now + 86_000).aborted == 0)
    var foreseen: [SweepPage] = []
    try site.sweeper.sweepAll(at: now + 86_410, isDryRun: true) { foreseen.append($0) }
    #expect(foreseen.flatMap(\.uploads).map(\.key).sorted() == [liveKey, unknown].sorted())
    #expect(foreseen.flatMap(\.uploads).allSatisfy { $0.words(at: now, isDryRun: true).contains("would") })
    #expect(try left(site).count == 4)
    #expect(try site.sweeper.sweep(at: now + 86_410).aborted == 2)
    #expect(try left(site).sorted() == ["backup/of/somebody.bin", liveKey].sorted())
    #expect(try site.sweeper.sweep(at: now + 86_420).isEmpty)
    try assemble(site, live.file, live.upload)
  }

  @Test func `what is over and was never ended has a worker end it`() throws {
    let site = try Site()
    let (file, _) = try begin(site)
    try #require(try site.database.delete(file, of: site.user, at: .now))
    #expect(try site.sweeper.sweep(at: .now) == .init())
    #expect(try site.next() == .idle)
    #expect(try left(site).isEmpty && site.record(file).multipart == nil)
    #expect(try site.sweeper.sweep(at: .now).isEmpty)
    try site.settle()
    try site.expectSettled(used: 0)
  }
}
