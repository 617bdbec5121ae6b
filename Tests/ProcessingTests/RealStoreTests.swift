import Core
import Database
import Foundation
import S3
import Scanning
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

/// The same processing on a private SeaweedFS, because a store in memory may differ from a real one.
@Suite struct RealStoreTests {
  private let fixture: ProcessingFixture
  private let store: S3Store
  private let buckets: BucketNames

  init() throws {
    fixture = try ProcessingFixture()
    let server = try SeaweedFS.shared()
    store = S3Store(
      S3Configuration(
        endpoint: try #require(S3Endpoint(server.url)),
        credentials: Credentials(accessKeyID: server.accessKey, secretAccessKey: server.secretKey)
      )
    )
    let names = (0..<2).map { _ in SeaweedFS.freshBucketName() }
    buckets = BucketNames(raw: names[0], processed: names[1], backups: "", logs: "")
    for name in names { try store.createBucket(name) }
  }

  private func processor() -> Processor {
    var parts = fixture.processor.dependencies
    parts.store = store
    parts.buckets = buckets
    return Processor(parts)
  }

  private func upload(_ bytes: [UInt8], for file: FileID) throws {
    _ = try store.put(.bytes(bytes), to: fixture.record(file).rawKey, in: buckets.raw)
    try fixture.hint(file)
  }

  private func left(_ bucket: String) throws -> [VersionSummary] {
    try store.listVersions(bucket, prefix: "", after: nil, limit: 100).items
  }

  private func outcome() throws -> ProcessingOutcome? { try processor().next(at: .now + 1)?.outcome }

  @Test func `a photo becomes ready, and a later version and marker over it are deleted`() throws {
    try store.setVersioning(true, of: buckets.raw)
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    try upload(photo, for: file)
    #expect(try outcome() == .ready)
    let record = try fixture.record(file)
    for variant in record.variants {
      let info = try store.head(variant.objectKey, in: buckets.processed)
      #expect(info.size == variant.size && info.contentType == variant.type.contentType)
      #expect(info.cacheControl == "public, max-age=31536000, immutable")
    }
    try upload([1, 2, 3], for: file)
    try store.delete(record.rawKey, in: buckets.raw)
    #expect(try outcome() == .discarded(versions: 2))
    #expect(try left(buckets.raw).map(\.version.description) == [record.versionID])
    #expect(try store.bytes(of: record.rawKey, in: buckets.raw, limit: photo.count) == photo)
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `a refused file leaves nothing in either bucket`() throws {
    try store.setVersioning(true, of: buckets.raw)
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    _ = try store.put(.bytes([1]), to: "ann/\(file)/0123456789ab/thumb.webp", in: buckets.processed)
    try upload([1], for: file)
    try upload(photo, for: file)
    fixture.scanner.say(.success(.infected(name: "Test")))
    #expect(try outcome() == .rejected(.malware))
    #expect(try left(buckets.raw).isEmpty && left(buckets.processed).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `without versions only the kept copy stays`() throws {
    let document = Document.pdf()
    let file = try fixture.claim(size: document.count, .pdf)
    try upload(document, for: file)
    #expect(try outcome() == .ready)
    try upload(Document.pdf(comment: "another"), for: file)
    #expect(try outcome() == .discarded(versions: 1))
    #expect(try left(buckets.raw).map(\.key) == ["ann/\(file)/kept.pdf"])
    #expect(try store.bytes(of: "ann/\(file)/kept.pdf", in: buckets.raw, limit: document.count) == document)
    try fixture.expectSettled(used: document.count)
  }

  @Test(arguments: [true, false])
  func `a migrated file is checked, covered, restored and removed, and its neighbours stay`(isVersioned: Bool) throws {
    if isVersioned { try store.setVersioning(true, of: buckets.raw) }
    let text = Array("just a note".utf8)
    let neighbours = ["ann/a-b", "ann/a.jpg", "ann/ab", "ann/A", "ann/a0/b"]
    for key in neighbours { _ = try store.put(.bytes([1]), to: key, in: buckets.raw) }
    let file = NewMigratedFile(
      id: FileID(at: .now),
      user: fixture.user,
      filename: "a",
      contentType: "text/plain",
      size: Int64(text.count),
      rawKey: "ann/a",
      createdAt: .now,
      migration: "run-1"
    )
    try #require(try fixture.database.beginMigratedFiles([file], at: .now) == [.done])
    let version = try store.put(.bytes(text), to: file.rawKey, in: buckets.raw).version?.description
    let digest = try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: text)))
    let object = MigratedObject(
      file: file.id,
      sha256: digest,
      size: file.size,
      versionID: isVersioned ? version : nil
    )
    try #require(try fixture.database.receiveMigratedFiles([object], processing: .now, at: .now) == [.done])
    #expect(try outcome() == .ready)
    try fixture.hint(file.id)
    #expect(try outcome() == .idle)
    func markers() throws -> [Bool] { try store.versions(of: "ann/a", in: buckets.raw).map(\.isDeleteMarker) }
    #expect(try markers() == [false])
    let (database, user) = (fixture.database, fixture.user)
    #expect(try database.delete(file.id, of: user, at: .now))
    _ = try processor().runIfAvailable(.process, of: file.id)
    #expect(try markers() == (isVersioned ? [true, false] : [false]))
    #expect(try database.restore(file.id, of: user, variants: [], deletedAfter: .distantPast, at: .now))
    _ = try processor().runIfAvailable(.process, of: file.id)
    #expect(try markers() == [false] && store.bytes(of: "ann/a", in: buckets.raw, limit: 100) == text)
    #expect(try database.delete([file.id], of: user, permanently: true, at: .now) == [.purging])
    _ = try processor().runIfAvailable(.process, of: file.id)
    #expect(try fixture.state(file.id) == .purged && markers().isEmpty)
    #expect(try left(buckets.raw).map(\.key).sorted() == neighbours.sorted())
  }

  @Test func `a missing bucket expires no upload`() throws {
    let file = try fixture.claim(size: 10, at: .now - 10_000)
    let sweeper = Sweeper(database: fixture.database, store: store, bucket: SeaweedFS.freshBucketName())
    #expect(throws: StorageError.self) { try sweeper.sweep(at: .now) }
    #expect(try fixture.state(file) == .pending)
    #expect(try Sweeper(database: fixture.database, store: store, bucket: buckets.raw).sweep(at: .now).expired == 1)
  }

  @Test func `objects without a row are found and deleted page by page, with versions and without`() throws {
    try store.setVersioning(true, of: buckets.raw)
    let known = try fixture.claim(size: 3)
    try upload([1, 2, 3], for: known)
    let user = try #require(UserID("ghost"))
    for turn in 0..<5 {
      let key = RawKey(user: user, file: FileID(at: .now), type: .jpeg)
      _ = try store.put(.bytes([1, 2]), to: key.description, in: buckets.raw)
      if turn == 0 { _ = try store.put(.bytes([3]), to: key.description, in: buckets.raw) }
      if turn == 1 { try store.delete(key.description, in: buckets.raw) }
      _ = try store.put(.bytes([4]), to: "\(key.folder)0123456789ab/thumb.webp", in: buckets.processed)
    }
    let later = Date.now + UnknownObjects.minimumAge + 60
    let objects = UnknownObjects(database: fixture.database, store: store, buckets: buckets, pageSize: 2)
    let tally = try objects.count(at: later)
    #expect(tally.known == 1 && tally.unknown == 12 && tally.deletable == 12 && tally.unknownBytes == 16)
    try objects.delete(tally, at: later)
    #expect(try left(buckets.raw).map(\.key) == [fixture.record(known).rawKey])
    #expect(try left(buckets.processed).isEmpty)
  }
}
