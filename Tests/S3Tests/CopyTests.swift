import Signing
import Storage
import TestSupport
import Testing

@Suite struct `Every store that copies` {
  private let options = PutOptions(contentType: "image/png", cacheControl: "no-cache", metadata: ["uploader-id": "u1"])

  @Test(arguments: Subject.allCases) func `keeps the source's headers, or replaces all`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let source = try store.put(.bytes([1, 2, 3]), to: "from ä+%.png", in: bucket, options: options)
      let kept = try store.copy(CopySource("from ä+%.png", in: bucket), to: "a/kept", in: bucket)
      #expect(kept.etag == source.etag && kept.version == nil)
      let info = try store.head("a/kept", in: bucket)
      #expect(info.contentType == "image/png" && info.cacheControl == "no-cache" && info.etag == kept.etag)
      #expect(info.metadata == ["uploader-id": "u1"])
      _ = try store.copy(
        CopySource("from ä+%.png", in: bucket),
        to: "a/other",
        in: bucket,
        replacement: PutOptions(contentType: "text/plain", metadata: ["original-filename": "b"])
      )
      let other = try store.head("a/other", in: bucket)
      #expect(other.contentType == "text/plain" && other.metadata == ["original-filename": "b"])
      #expect(other.cacheControl == nil)
      #expect(try store.bytes(of: "a/other", in: bucket, limit: 9) == [1, 2, 3])
    }
  }

  @Test(arguments: Subject.allCases) func `copies to another bucket, and over an object`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let other = SeaweedFS.freshBucketName()
      try store.createBucket(other)
      defer { try? RealStore.remove(other, from: store) }
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      _ = try store.put(.bytes([2, 2]), to: "k", in: other)
      _ = try store.copy(CopySource("k", in: bucket), to: "k", in: other)
      #expect(try store.bytes(of: "k", in: other, limit: 9) == [1])
    }
  }

  @Test(arguments: Subject.allCases) func `copies the given version, not the current one`(subject: Subject)
    throws
  {
    try subject.withBucket(versioned: true) { store, bucket in
      let old = try store.put(.bytes([1]), to: "k", in: bucket)
      _ = try store.put(.bytes([2]), to: "k", in: bucket)
      let copy = try store.copy(CopySource("k", in: bucket, version: old.version), to: "k", in: bucket)
      let now = try store.head("k", in: bucket)
      let version = subject.limits.contains(.copyVersions) ? now.version : copy.version
      #expect(version != nil && version != old.version && copy.etag == old.etag)
      #expect(now.version == version && now.etag == old.etag)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [1])
    }
  }

  @Test(arguments: Subject.allCases)
  func `copies only the expected object`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let put = try store.put(.bytes([1]), to: "k", in: bucket)
      let stale = CopySource("k", in: bucket, ifMatch: ETag("0123456789abcdef0123456789abcdef"))
      #expect(failure { () throws(StoreError) in try store.copy(stale, to: "c", in: bucket) } == .preconditionFailed)
      #expect(failure { () throws(StoreError) in try store.head("c", in: bucket) } == .notFound)
      _ = try store.copy(CopySource("k", in: bucket, ifMatch: put.etag), to: "c", in: bucket)
      #expect(try store.bytes(of: "c", in: bucket, limit: 9) == [1])
    }
  }

  @Test(arguments: Subject.allCases) func `reports a missing source`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let none = CopySource("none", in: bucket)
      #expect(failure { () throws(StoreError) in try store.copy(none, to: "c", in: bucket) } == .notFound)
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      try store.delete("k", in: bucket)
      let deleted = CopySource("k", in: bucket)
      #expect(failure { () throws(StoreError) in try store.copy(deleted, to: "c", in: bucket) } == .notFound)
    }
  }

  @Test(arguments: Subject.allCases) func `refuses a copy with an own checksum or condition`(subject: Subject)
    throws
  {
    try subject.withBucket { store, bucket in
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      for options in [PutOptions(ifNoneMatch: true), PutOptions(sha256: SHA256.digest(of: [1]))] {
        let outcome = failure { () throws(StoreError) in
          try store.copy(CopySource("k", in: bucket), to: "c", in: bucket, replacement: options)
        }
        guard case .invalidRequest = outcome else {
          Issue.record("\(String(describing: outcome))")
          return
        }
      }
    }
  }
}
