import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct MultipartTests {
  /// Begins a pending upload of one part, as presign does; stores the upload's ID unless presign is meant to have died
  /// before.
  private func begin(
    _ fixture: ProcessingFixture,
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
    let key = RawKey(user: fixture.user, file: FileID(at: now), type: .jpeg)
    let new = NewUpload(key: key, claim: claim, expiresAt: now + 900, partSize: 5 << 20)
    try #require(fixture.database.reserve(new, at: now) == .reserved)
    let store = fixture.store.memory
    let upload = try store.createMultipartUpload(key.description, in: ProcessingFixture.buckets.raw)
    _ = try store.uploadPart(
      .bytes(bytes),
      number: 1,
      to: key.description,
      in: ProcessingFixture.buckets.raw,
      upload: upload
    )
    if isNamed { try #require(try fixture.database.open(key.file, as: upload.description, until: now + 86_400)) }
    return (key.file, upload)
  }

  /// Completes the upload, as presign does.
  private func assemble(_ fixture: ProcessingFixture, _ file: FileID, _ upload: UploadID) throws {
    let key = try fixture.record(file).rawKey
    let (store, bucket) = (fixture.store.memory, ProcessingFixture.buckets.raw)
    let parts = try store.listParts(of: upload, to: key, in: bucket, after: nil, limit: 10).items.map(\.part)
    _ = try store.completeMultipartUpload(upload, to: key, in: bucket, parts: parts)
  }

  private func left(_ fixture: ProcessingFixture) throws -> [String] {
    try fixture.store.memory.listMultipartUploads(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 100)
      .items.map(\.key)
  }

  @Test func `a multipart upload becomes ready, and its row is deleted`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let (file, upload) = try begin(fixture, photo)
    try assemble(fixture, file, upload)
    try #require(try fixture.database.complete(file, at: .now))
    #expect(try fixture.next() == .ready)
    #expect(try fixture.record(file).multipart == nil)
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `an upload that began in the store without a stored ID is aborted with the file's own`()
    throws
  {
    let fixture = try ProcessingFixture()
    let (file, upload) = try begin(fixture, try ProcessingFixture.photo.get())
    let key = try fixture.record(file).rawKey
    for other in [key, key + ".other"] {
      _ = try fixture.store.memory.createMultipartUpload(other, in: ProcessingFixture.buckets.raw)
    }
    try assemble(fixture, file, upload)
    try #require(try fixture.database.complete(file, at: .now))
    #expect(try fixture.next() == .ready)
    #expect(try left(fixture) == [key + ".other"])
  }

  @Test(arguments: [true, false])
  func `the digest of a multipart upload is compared, with versions or without`(
    isVersioned: Bool
  ) throws {
    let photo = try ProcessingFixture.photo.get()
    let right = SHA256.hexadecimal(of: photo)
    for (digest, outcome) in [
      (right, ProcessingOutcome.ready), (String(right.reversed()), .rejected(.checksumMismatch)),
    ] {
      let fixture = try ProcessingFixture(isVersioned: isVersioned)
      let (file, upload) = try begin(fixture, photo, sha256: digest)
      try assemble(fixture, file, upload)
      try #require(try fixture.database.complete(file, at: .now))
      #expect(try fixture.next() == outcome)
      try fixture.expectSettled(used: outcome == .ready ? photo.count : 0)
      #expect(try fixture.versions(file).isEmpty == (outcome != .ready || !isVersioned))
      #expect(fixture.scanner.count == (outcome == .ready ? 1 : 0))
    }
  }

  @Test func `a completion without a response is found by the sweep`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let (file, upload) = try begin(fixture, photo, at: .now - 90_000)
    try assemble(fixture, file, upload)
    #expect(try fixture.sweeper.sweep(at: .now) == .init(found: 1))
    #expect(try fixture.next() == .ready)
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `an upload that outlived its completion is aborted before its file is checked`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let (file, _) = try begin(fixture, photo)
    try fixture.put(photo, for: file)
    try fixture.hint(file)
    #expect(try fixture.next() == .ready)
    #expect(try left(fixture).isEmpty && fixture.record(file).multipart == nil)
  }

  @Test(arguments: [true, false])
  func `the upload of an aborted file is aborted, with a stored ID or without`(isNamed: Bool) throws {
    let fixture = try ProcessingFixture()
    let (file, _) = try begin(fixture, isNamed: isNamed)
    let other = try begin(fixture)
    try #require(try fixture.database.abort(file, of: fixture.user, removingAt: .now))
    #expect(try fixture.next() == .idle)
    #expect(try left(fixture) == [fixture.record(other.file).rawKey] && fixture.record(file).multipart == nil)
    try fixture.expectQuota(used: 0, reserved: 3)
  }

  @Test func `an abort is repeated until the store has no such upload`() throws {
    let fixture = try ProcessingFixture()
    let (file, _) = try begin(fixture)
    try #require(try fixture.database.abort(file, of: fixture.user, removingAt: .now))
    // A store that is receiving a part may confirm an abort although the upload remains.
    fixture.store.obey { call, _ in
      call.operation == .abortUpload ? .before(.unavailable(detail: "busy")) : nil
    }
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try left(fixture).count == 1 && fixture.record(file).multipart != nil)
    fixture.store.obey { call, _ in call.operation == .abortUpload ? .after(.timeout(detail: "lost")) : nil }
    #expect(try fixture.next(after: 10)?.isPostponed == true)
    #expect(try fixture.record(file).multipart != nil)
    fixture.store.obey(nil)
    #expect(try fixture.next(after: 20) == .idle)
    #expect(try left(fixture).isEmpty && fixture.record(file).multipart == nil)
  }

  @Test func `an upload expires one hour after its day, not earlier, and leaves nothing`() throws {
    let fixture = try ProcessingFixture()
    let start = Date.now - 200_000
    let (file, _) = try begin(fixture, at: start)
    #expect(try fixture.sweeper.sweep(at: start + 86_400 + 3599).isEmpty)
    #expect(try fixture.sweeper.sweep(at: start + 86_400 + 3600).expired == 1)
    #expect(try fixture.state(file) == .expired)
    try fixture.expectQuota(used: 0, reserved: 0)
    #expect(try fixture.next() == .idle)
    #expect(try left(fixture).isEmpty && fixture.record(file).multipart == nil)
    #expect(try fixture.sweeper.sweep(at: .now).isEmpty)
  }

  @Test func `if presign died before it stored the ID, the quota is reserved for an hour and a quarter`()
    throws
  {
    let fixture = try ProcessingFixture()
    let start = Date.now - 10_000
    let (file, _) = try begin(fixture, isNamed: false, at: start)
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3599).isEmpty)
    #expect(try fixture.sweeper.sweep(at: start + 900 + 3600).expired == 1)
    #expect(try fixture.next() == .idle)
    #expect(try left(fixture).isEmpty && fixture.state(file) == .expired)
    try fixture.expectSettled(used: 0)
  }

  @Test func `an upload without a pending file is aborted after a day, and no foreign upload is`() throws {
    let fixture = try ProcessingFixture()
    let (store, bucket) = (fixture.store.memory, ProcessingFixture.buckets.raw)
    // Four uploads: without a row, a second one under a live file's key, under a foreign key, and a live one.
    let unknown = RawKey(user: fixture.user, file: FileID(at: .now), type: .png).description
    let live = try begin(fixture)
    let liveKey = try fixture.record(live.file).rawKey
    for key in [unknown, liveKey, "backup/of/somebody.bin"] { _ = try store.createMultipartUpload(key, in: bucket) }
    let now = Date.now
    #expect(try fixture.sweeper.sweep(at: now + 86_000).aborted == 0)
    var foreseen: [SweepPage] = []
    try fixture.sweeper.sweepAll(at: now + 86_410, isDryRun: true) { foreseen.append($0) }
    #expect(foreseen.flatMap(\.uploads).map(\.key).sorted() == [liveKey, unknown].sorted())
    #expect(foreseen.flatMap(\.uploads).allSatisfy { $0.words(at: now, isDryRun: true).contains("would") })
    #expect(try left(fixture).count == 4)
    #expect(try fixture.sweeper.sweep(at: now + 86_410).aborted == 2)
    #expect(try left(fixture).sorted() == ["backup/of/somebody.bin", liveKey].sorted())
    #expect(try fixture.sweeper.sweep(at: now + 86_420).isEmpty)
    try assemble(fixture, live.file, live.upload)
  }

  @Test func `an upload by which a migration stores a pending file is not aborted, whatever form its key has`() throws {
    let fixture = try ProcessingFixture()
    let file = NewMigratedFile(
      id: FileID(at: .now),
      user: fixture.user,
      filename: "original.jpg",
      contentType: "image/jpeg",
      size: 9,
      rawKey: "ann/\(FileID(at: .now))/original.jpg",
      createdAt: .now,
      migration: "run-1"
    )
    try #require(try fixture.database.beginMigratedFiles([file], at: .now) == [.done])
    _ = try fixture.store.memory.createMultipartUpload(file.rawKey, in: ProcessingFixture.buckets.raw)
    #expect(try fixture.sweeper.sweep(at: .now + 200_000).aborted == 0)
    #expect(try fixture.database.abandonMigratedFiles([file.id], at: .now) == [.done])
    #expect(try fixture.sweeper.sweep(at: .now + 200_000).aborted == 1)
  }

  @Test func `an upload that ended without an abort gets a job that aborts it`() throws {
    let fixture = try ProcessingFixture()
    let (file, _) = try begin(fixture)
    try #require(try fixture.database.delete(file, of: fixture.user, at: .now))
    #expect(try fixture.sweeper.sweep(at: .now) == .init())
    #expect(try fixture.next() == .idle)
    #expect(try left(fixture).isEmpty && fixture.record(file).multipart == nil)
    #expect(try fixture.sweeper.sweep(at: .now).isEmpty)
    try fixture.settle()
    try fixture.expectSettled(used: 0)
  }
}
