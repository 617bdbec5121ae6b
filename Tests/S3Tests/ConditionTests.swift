import Signing
import Storage
import TestSupport
import Testing

@Suite struct `Every store that supports conditions` {
  private let other = ETag("0123456789abcdef0123456789abcdef")

  @Test(arguments: Subject.allCases) func `reads changed objects and reports unchanged ones`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let etag = try store.put(.bytes([1, 2]), to: "k", in: bucket).etag
      func read(_ condition: ReadCondition, range: ByteRange? = nil) throws(StoreError) -> (ReadOutcome, [UInt8]) {
        var bytes: [UInt8] = []
        let outcome = try store.get("k", in: bucket, version: nil, range: range, condition: condition) {
          bytes.append(contentsOf: $0)
        }
        return (outcome, bytes)
      }
      let info = try store.head("k", in: bucket)
      #expect(try read(.ifNoneMatch(etag)) == (.notModified, []))
      #expect(try read(.ifNoneMatch(etag), range: .from(1)) == (.notModified, []))
      #expect(try read(.ifNoneMatch(other)) == (.object(info), [1, 2]))
      #expect(try read(.ifMatch(etag)) == (.object(info), [1, 2]))
      #expect(try read(.ifMatch(etag), range: .from(1)).1 == [2])
      #expect(failure { () throws(StoreError) in try read(.ifMatch(other)) } == .preconditionFailed)
    }
  }

  @Test(arguments: Subject.allCases) func `heads changed objects and reports unchanged ones`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let etag = try store.put(.bytes([1, 2]), to: "k", in: bucket).etag
      let info = try store.head("k", in: bucket)
      func look(_ condition: ReadCondition, at key: String = "k") throws(StoreError) -> ReadOutcome {
        try store.head(key, in: bucket, version: nil, condition: condition)
      }
      #expect(try look(.ifNoneMatch(etag)) == .notModified)
      #expect(try look(.ifNoneMatch(other)) == .object(info))
      #expect(try look(.ifMatch(etag)) == .object(info))
      #expect(failure { () throws(StoreError) in try look(.ifMatch(other)) } == .preconditionFailed)
      #expect(failure { () throws(StoreError) in try look(.ifNoneMatch(etag), at: "none") } == .notFound)
    }
  }

  @Test(arguments: Subject.all(without: .replacements), [false, true])
  func `replaces only the expected object`(subject: Subject, versioned: Bool) throws {
    try subject.withBucket(versioned: versioned) { store, bucket in
      func put(_ byte: UInt8, over etag: ETag) throws(StoreError) -> PutResult {
        try store.put(.bytes([byte]), to: "k", in: bucket, options: PutOptions(ifMatch: etag))
      }
      #expect(failure { () throws(StoreError) in try put(1, over: other) } == .preconditionFailed)
      let first = try store.put(.bytes([1]), to: "k", in: bucket)
      let second = try put(2, over: first.etag)
      #expect(failure { () throws(StoreError) in try put(3, over: first.etag) } == .preconditionFailed)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [2])
      #expect(try store.head("k", in: bucket).etag == second.etag)
    }
  }
}

@Suite struct `Every store that keeps checksums` {
  @Test(arguments: Subject.all(without: .checksums))
  func `returns the SHA-256 that an object was stored with`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let digest = SHA256.digest(of: [1, 2, 3])
      let put = try store.put(.bytes([1, 2, 3]), to: "k", in: bucket, options: PutOptions(sha256: digest))
      #expect(try store.head("k", in: bucket).sha256 == digest)
      #expect(try store.get("k", in: bucket) { _ in }.sha256 == digest)
      let part = try store.get("k", in: bucket, version: nil, range: .closed(0...1)) { _ in }
      #expect(part.sha256 == nil)
      _ = try store.put(.bytes([4]), to: "k", in: bucket)
      #expect(try store.head("k", in: bucket).sha256 == nil)
      #expect(try store.head("k", in: bucket, version: put.version).sha256 == digest)
    }
  }
}
