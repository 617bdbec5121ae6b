import Signing
import Storage
import TestSupport
import Testing

/// Each known difference of a store from S3, and what Stowage does instead.
@Suite struct `What a store is known not to do` {
  @Test(arguments: Subject.all(with: .checksums))
  func `checksums: a wrong one is not confirmed, and the bytes tell`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let wrong = SHA256.digest(of: [9])
      _ = try store.put(.bytes([1, 2]), to: "k", in: bucket, options: PutOptions(sha256: wrong))
      // The worker hashes the bytes that it reads, and does not trust the store.
      #expect(try store.head("k", in: bucket).sha256 == nil)
      #expect(try SHA256.digest(of: store.bytes(of: "k", in: bucket, limit: 9)) != wrong)
    }
  }

  @Test(arguments: Subject.all(with: .listedChecksums))
  func `checksums of parts: an upload is completed without them`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      _ = try store.uploadPart(.bytes([1, 2]), number: 1, to: "k", in: bucket, upload: upload)
      let listed = try store.listParts(of: upload, to: "k", in: bucket, after: nil, limit: 9).items
      #expect(listed.map(\.size) == [2] && listed.allSatisfy { $0.part.sha256 == nil })
      _ = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: listed.map(\.part))
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [1, 2])
    }
  }

  @Test(arguments: Subject.all(with: .versionConditions))
  func `conditions on versioned keys: the first upload keeps its version, and later ones can be deleted`(
    subject: Subject
  ) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let onlyNew = PutOptions(ifNoneMatch: true)
      let first = try store.put(.bytes([1]), to: "k", in: bucket, options: onlyNew)
      let later = try store.put(.bytes([2]), to: "k", in: bucket, options: onlyNew)
      #expect(try store.bytes(of: "k", in: bucket, version: first.version, limit: 9) == [1])
      let versions = try store.listVersions(bucket, prefix: "k", after: nil, limit: 9).items.map(\.version)
      #expect(versions == [later.version, first.version])
      try store.delete("k", in: bucket, version: later.version)
      #expect(try store.head("k", in: bucket).version == first.version)
    }
  }

  @Test(arguments: Subject.all(with: .completionConditions))
  func `conditions on completions: the previous object keeps its version`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let before = try store.put(.bytes([9]), to: "k", in: bucket)
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes([1]), number: 1, to: "k", in: bucket, upload: upload)
      let made = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part], ifNoneMatch: true)
      #expect(made.version != nil && made.version != before.version)
      #expect(try store.bytes(of: "k", in: bucket, version: before.version, limit: 9) == [9])
    }
  }

  @Test(arguments: Subject.all(with: .replacements), [false, true])
  func `replacing: nothing is written if the condition is not supported`(subject: Subject, versioned: Bool) throws {
    try subject.withBucket(versioned: versioned) { store, bucket in
      let first = try store.put(.bytes([1]), to: "k", in: bucket)
      let outcome = failure { () throws(StoreError) in
        try store.put(.bytes([2]), to: "k", in: bucket, options: PutOptions(ifMatch: first.etag))
      }
      #expect(outcome == .preconditionFailed)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [1])
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 9).items.count == 1)
    }
  }

  @Test(arguments: Subject.all(with: .copyVersions))
  func `versions of copies: the object itself shows its version`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let source = try store.put(.bytes([1]), to: "k", in: bucket)
      let copy = try store.copy(CopySource("k", in: bucket, version: source.version), to: "c", in: bucket)
      let found = try store.head("c", in: bucket)
      #expect(copy.version == nil && found.etag == copy.etag)
      #expect(try store.listVersions(bucket, prefix: "c", after: nil, limit: 9).items.map(\.version) == [found.version])
    }
  }

  @Test(arguments: Subject.all(with: .repeatedVersions))
  func `versions of repeated completions: the first returns it, and no second is made`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes([1]), number: 1, to: "k", in: bucket, upload: upload)
      let made = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part])
      _ = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part])
      #expect(made.version != nil && !made.etag.description.isEmpty)
      let versions = try store.listVersions(bucket, prefix: "", after: nil, limit: 9).items
      #expect(versions.map(\.version) == [made.version])
    }
  }

  @Test(arguments: Subject.allCases.filter { !$0.limits.isDisjoint(with: [.unknownUploads, .completionConditions]) })
  func `completing an aborted upload: it is gone, and not a fault`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes([1]), number: 1, to: "k", in: bucket, upload: upload)
      try store.abortMultipartUpload(upload, to: "k", in: bucket)
      let outcome = failure { () throws(StoreError) in
        try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part])
      }
      #expect(outcome == .notFound)
      #expect(failure { () throws(StoreError) in try store.head("k", in: bucket) } == .notFound)
    }
  }

  @Test(arguments: Subject.all(with: .strayVersions))
  func `versions without versioning: the listing shows none`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes([1]), number: 1, to: "k", in: bucket, upload: upload)
      _ = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part])
      for line in try store.listVersions(bucket, prefix: "", after: nil, limit: 9).items {
        try store.delete(line.key, in: bucket, version: line.version)
      }
      #expect(try store.list(bucket, prefix: "", after: nil, limit: 9).items.isEmpty)
    }
  }

  @Test(arguments: Subject.all(with: .markers))
  func `order of markers: all versions of a key can be deleted anyway`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      for byte in 1...3 {
        _ = try store.put(.bytes([UInt8(byte)]), to: "a+b", in: bucket)
        try store.delete("a+b", in: bucket)
      }
      var token: String?
      var lines: [VersionSummary] = []
      repeat {
        let page = try store.listVersions(bucket, prefix: "", after: token, limit: 2)
        lines += page.items
        token = page.next
      } while token != nil && lines.count < 20
      #expect(lines.count == 6 && lines.filter(\.isDeleteMarker).count == 3)
      for line in lines { try store.delete(line.key, in: bucket, version: line.version) }
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 9).items.isEmpty)
    }
  }
}
