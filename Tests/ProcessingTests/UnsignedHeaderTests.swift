import Core
import Database
import Foundation
import HTTP
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

/// Uploads on real stores with headers that the client added unsigned, and their processing.
@Suite struct UnsignedHeaderTests {
  private typealias Headers = [(name: String, value: String)]

  private let fixture: ProcessingFixture
  private let client = HTTPClient()

  init() throws { fixture = try ProcessingFixture() }

  /// Headers that encrypt with a key of the client; the store does not keep the key.
  private static var encryption: Headers {
    let key = [UInt8](repeating: 107, count: 32)
    return [
      ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
      ("x-amz-server-side-encryption-customer-key", Data(key).base64EncodedString()),
      ("x-amz-server-side-encryption-customer-key-MD5", contentMD5(key)),
    ]
  }

  private func processor(_ store: S3Store, _ bucket: String) -> Processor {
    var parts = fixture.processor.dependencies
    parts.store = store
    parts.buckets = BucketNames(raw: bucket, processed: bucket, backups: "", logs: "")
    return Processor(parts)
  }

  /// Sends a document with these headers by PUT or by form: some stores obey such headers only in one of them.
  private func send(_ more: Headers, to store: S3Store, _ bucket: String, byForm: Bool) throws -> (FileID, Bool) {
    let document = Document.pdf(comment: UUID().uuidString)
    let file = try fixture.claim(size: document.count, .pdf)
    let key = try fixture.record(file).rawKey
    let answer: HTTPResponse
    if byForm {
      let size = Int64(document.count)
      let fields = [(name: "content-type", value: "application/pdf")]
      let form = try store.presignPost(key, in: bucket, fields: fields, sizes: size...size, expires: 60, at: .now)
      answer = try client.send(FormUpload(fields: form.fields, file: document).request(to: form.url, headers: more))
    } else {
      let signed = [(name: "content-type", value: "application/pdf")]
      let put = try store.presignPut(key, in: bucket, signedHeaders: signed, expires: 60, at: .now)
      answer = try client.send(HTTPRequest("PUT", put.url, headers: signed + more, body: .bytes(document)))
    }
    return (file, answer.head.isSuccess)
  }

  @Test(arguments: RealStore.allCases, [true, false])
  func `the tag of the rule replaces all tags of the client`(server: RealStore, byForm: Bool) throws {
    try server.withBucket { store, bucket in
      let (file, isTaken) = try send([("x-amz-tagging", "class=premium&a=b")], to: store, bucket, byForm: byForm)
      guard isTaken else { return }
      try fixture.hint(file)
      #expect(try processor(store, bucket).next(at: .now + 1)?.outcome == .ready)
      let record = try fixture.record(file)
      let version = try #require(record.versionID.map { VersionID($0) })
      #expect(try store.tags(of: record.rawKey, in: bucket, version: version) == ["retention": "standard"])
      #expect(try store.head(record.rawKey, in: bucket, version: version).tagCount <= 1)
    }
  }

  @Test(arguments: RealStore.allCases, [true, false])
  func `an object encrypted with the client's key is refused at once, and does not block the sweep`(
    server: RealStore,
    byForm: Bool
  ) throws {
    try server.withBucket { store, bucket in
      let (sealed, isTaken) = try send(Self.encryption, to: store, bucket, byForm: byForm)
      let (honest, _) = try send([], to: store, bucket, byForm: byForm)
      let key = try fixture.record(sealed).rawKey
      var isSealed = false
      if case .sealed? = failure({ () throws(StoreError) in try store.head(key, in: bucket) }) { isSealed = true }
      // SeaweedFS does encrypt objects sent by a form.
      #expect(isSealed || server != .seaweedFS || !byForm)
      guard isTaken, isSealed else { return }
      let sweeper = Sweeper(database: fixture.database, store: store, bucket: bucket)
      #expect(try sweeper.sweep(at: .now + 60).found == 2)
      let processor = processor(store, bucket)
      let outcomes = try (0..<2).compactMap { _ in try processor.next(at: .now + 61)?.outcome }
      #expect(outcomes == [.rejected(.unreadable), .ready])
      #expect(try fixture.record(sealed).state == .rejected && fixture.record(honest).state == .ready)
      #expect(try store.listVersions(bucket, prefix: key, after: nil, limit: 9).items.isEmpty)
      #expect(try fixture.database.recountQuotas().isEmpty)
    }
  }

  @Test func `an unreadable object over a checked file is deleted too`() throws {
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    let file = try fixture.upload()
    try #require(try fixture.next() == .ready)
    let record = try fixture.record(file)
    _ = try fixture.store.memory.put(.bytes([1]), to: record.rawKey, in: ProcessingFixture.buckets.raw)
    let pinned = record.versionID.map { VersionID($0) }
    fixture.store.obey { call, _ in
      call.operation == .head && call.version != pinned ? .before(.sealed(detail: "its sender kept the key")) : nil
    }
    #expect(try fixture.sweeper.sweep(at: .now + 60).overwritten == 1)
    try fixture.settle(after: 61)
    #expect(try fixture.record(file).state == .ready)
    #expect(try fixture.versions(file).map(\.version) == [pinned])
  }

  @Test func `an archived object is refused at once`() throws {
    try RealStore.moto.withBucket { store, bucket in
      let archived = [(name: "x-amz-storage-class", value: "GLACIER")]
      let (file, isTaken) = try send(archived, to: store, bucket, byForm: false)
      try #require(isTaken)
      try fixture.hint(file)
      #expect(try processor(store, bucket).next(at: .now + 1)?.outcome == .rejected(.unreadable))
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 9).items.isEmpty)
    }
  }

  @Test(arguments: RealStore.allCases, [true, false])
  func `other added headers are overridden in downloads, or are harmless`(server: RealStore, byForm: Bool) throws {
    let more: Headers = [
      ("Content-Encoding", "gzip"), ("Content-Disposition", "inline; filename=evil.html"), ("Content-Language", "xx"),
      ("Cache-Control", "public, max-age=99999"), ("Expires", "Thu, 01 Dec 2033 16:00:00 GMT"),
    ]
    try server.withBucket { store, bucket in
      let (file, isTaken) = try send(more, to: store, bucket, byForm: byForm)
      try #require(isTaken)
      try fixture.hint(file)
      #expect(try processor(store, bucket).next(at: .now + 1)?.outcome == .ready)
      let record = try fixture.record(file)
      let url = try store.presignGet(
        record.rawKey,
        in: bucket,
        version: record.versionID.map { VersionID($0) },
        contentDisposition: "attachment; filename=\"a.pdf\"",
        contentType: "application/pdf",
        contentEncoding: "identity",
        cacheControl: "private, no-store",
        expires: 60,
        at: .now
      ).url
      let answer = try client.send(HTTPRequest("GET", url))
      #expect(answer.head.status == 200 && answer.body.count == Int(record.size ?? 0))
      #expect(answer.head["content-disposition"] == "attachment; filename=\"a.pdf\"")
      #expect(answer.head["content-type"] == "application/pdf")
      #expect(["identity", nil].contains(answer.head["content-encoding"]))
      #expect(answer.head["cache-control"] == "private, no-store")
    }
  }

  /// Returns the error that `body` throws.
  private func failure(_ body: () throws(StoreError) -> some Any) -> StoreError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }
}
