import Foundation
import Signing
import Storage
import TestSupport
import Testing

private let first = [UInt8](repeating: 1, count: 5 << 20)
private let last: [UInt8] = [2, 3]

/// Returns true for a refusal with one of these codes; without codes, for any refusal.
private func isRefused(_ outcome: StoreError?, _ codes: String...) -> Bool {
  guard case .invalidRequest(let code, _) = outcome else { return false }
  return codes.contains(code)
}

@Suite struct `Every store that supports multipart uploads` {
  @Test(arguments: Subject.allCases, [false, true])
  func `makes one object from parts in any order, with its headers`(subject: Subject, versioned: Bool) throws {
    try subject.withBucket(versioned: versioned) { store, bucket in
      let key = "u/ä +%.bin"
      let options = PutOptions(contentType: "image/png", cacheControl: "no-cache", metadata: ["uploader-id": "u1"])
      let upload = try store.createMultipartUpload(key, in: bucket, options: options)
      let tail = try store.uploadPart(.bytes(last), number: 7, to: key, in: bucket, upload: upload)
      _ = try store.uploadPart(.bytes(last), number: 2, to: key, in: bucket, upload: upload)
      let head = try store.uploadPart(.bytes(first), number: 2, to: key, in: bucket, upload: upload)
      #expect(head.number == 2 && tail.number == 7 && head.etag != tail.etag)
      #expect(failure { () throws(StoreError) in try store.head(key, in: bucket) } == .notFound)
      let made = try store.completeMultipartUpload(upload, to: key, in: bucket, parts: [head, tail])
      let info = try store.head(key, in: bucket)
      #expect(info.size == first.count + last.count && info.etag == made.etag)
      if versioned || !subject.limits.contains(.strayVersions) {
        #expect(info.version == made.version && (made.version != nil) == versioned)
      }
      #expect(info.contentType == "image/png" && info.cacheControl == "no-cache" && info.metadata == options.metadata)
      #expect(info.sha256 == nil)
      #expect(try store.bytes(of: key, in: bucket, limit: 6 << 20) == first + last)
      #expect(try store.listMultipartUploads(bucket, prefix: "", after: nil, limit: 10).items.isEmpty)
    }
  }

  @Test(arguments: Subject.allCases) func `lists the stored parts, page by page`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      #expect(try store.listParts(of: upload, to: "k", in: bucket, after: nil, limit: 10) == Page(items: [], next: nil))
      let numbers = subject.limits.contains(.partNumbers) ? Array(1...7) : [1, 2, 3, 9, 10, 11, 10_000]
      var etags: [ETag] = []
      for number in numbers {
        let bytes = [UInt8](repeating: 1, count: number % 100 + 1)
        etags.append(try store.uploadPart(.bytes(bytes), number: number, to: "k", in: bucket, upload: upload).etag)
      }
      for limit in [1, 3, 7, 8] {
        var found: [PartSummary] = []
        var token: String?
        repeat {
          let page = try store.listParts(of: upload, to: "k", in: bucket, after: token, limit: limit)
          #expect(page.items.count <= limit)
          found += page.items
          token = page.next
        } while token != nil && found.count < 100
        #expect(found.map(\.part.number) == numbers && found.map(\.part.etag) == etags, "\(limit) a page")
        #expect(found.map(\.size) == numbers.map { Int64($0 % 100 + 1) })
        #expect(found.allSatisfy { abs($0.lastModified.timeIntervalSinceNow) < 300 })
      }
    }
  }

  @Test(arguments: Subject.allCases) func `lists the open uploads, and when they began`(subject: Subject)
    throws
  {
    try subject.withBucket { store, bucket in
      var begun: [UploadID: String] = [:]
      for key in ["p/a b", "p/a b", "p/c<+%ä", "p/d/e", "q"] {
        begun[try store.createMultipartUpload(key, in: bucket)] = key
      }
      let all = try store.listMultipartUploads(bucket, prefix: "", after: nil, limit: 1000)
      #expect(all.next == nil && all.items.count == 5)
      #expect(all.items.allSatisfy { begun[$0.upload] == $0.key })
      #expect(
        subject.limits.contains(.uploadTimes) || all.items.allSatisfy { abs($0.initiated.timeIntervalSinceNow) < 300 }
      )
      let some = try store.listMultipartUploads(bucket, prefix: "p/", after: nil, limit: 1000).items
      #expect(some.count == 4 && some.allSatisfy { begun[$0.upload] == $0.key && $0.key != "q" })
    }
  }

  @Test(arguments: Subject.all(without: .uploadPages))
  func `pages through the open uploads`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      var begun: Set<UploadID> = []
      for key in ["p/a", "p/a", "p/a", "p/b +", "p/c", "p/d/e", "q"] {
        let upload = try store.createMultipartUpload(key, in: bucket)
        if key != "q" { begun.insert(upload) }
      }
      for limit in [1, 2, 5, 6] {
        var found: [UploadID] = []
        var token: String?
        repeat {
          let page = try store.listMultipartUploads(bucket, prefix: "p/", after: token, limit: limit)
          #expect(page.items.count <= limit)
          found += page.items.map(\.upload)
          token = page.next
        } while token != nil && found.count < 100
        #expect(found.count == 6 && Set(found) == begun, "\(limit) a page")
      }
    }
  }

  @Test(arguments: Subject.allCases) func `aborts an upload, and reports a repeated abort`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      _ = try store.uploadPart(.bytes(last), number: 1, to: "k", in: bucket, upload: upload)
      try store.abortMultipartUpload(upload, to: "k", in: bucket)
      try store.abortMultipartUpload(upload, to: "k", in: bucket)
      let listing = failure { () throws(StoreError) in
        try store.listParts(of: upload, to: "k", in: bucket, after: nil, limit: 10)
      }
      #expect(listing == .notFound)
      #expect(try store.listMultipartUploads(bucket, prefix: "", after: nil, limit: 10).items.isEmpty)
    }
  }

  @Test(arguments: Subject.all(without: .unknownUploads))
  func `accepts nothing more for an ended upload`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes(last), number: 1, to: "k", in: bucket, upload: upload)
      try store.abortMultipartUpload(upload, to: "k", in: bucket)
      let late = failure { () throws(StoreError) in
        try store.uploadPart(.bytes(last), number: 1, to: "k", in: bucket, upload: upload)
      }
      let completion = failure { () throws(StoreError) in
        try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part])
      }
      #expect(late == .notFound && completion == .notFound)
      #expect(failure { () throws(StoreError) in try store.head("k", in: bucket) } == .notFound)
    }
  }

  @Test(arguments: Subject.allCases)
  func `answers a repeated completion like the first, until the object is replaced`(
    subject: Subject
  ) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let head = try store.uploadPart(.bytes(first), number: 1, to: "k", in: bucket, upload: upload)
      let tail = try store.uploadPart(.bytes(last), number: 2, to: "k", in: bucket, upload: upload)
      func complete() throws(StoreError) -> PutResult {
        try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [head, tail])
      }
      let made = try complete()
      let again = try complete()
      #expect(again.etag == made.etag)
      #expect(again.version == (subject.limits.contains(.repeatedVersions) ? nil : made.version))
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 10).items.count == 1)
      _ = try store.put(.bytes([9]), to: "k", in: bucket)
      #expect(failure { () throws(StoreError) in try complete() } == .notFound)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [9])
    }
  }

  @Test(arguments: Subject.all(without: .completionConditions))
  func `completes onto a free key only, if requested`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      _ = try store.put(.bytes([9]), to: "k", in: bucket)
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes(last), number: 1, to: "k", in: bucket, upload: upload)
      func complete() throws(StoreError) -> PutResult {
        try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part], ifNoneMatch: true)
      }
      #expect(failure { () throws(StoreError) in try complete() } == .preconditionFailed)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [9])
      try store.delete("k", in: bucket)
      _ = try complete()
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == last)
    }
  }

  @Test(arguments: Subject.allCases) func `refuses a completion with unknown parts`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let part = try store.uploadPart(.bytes(last), number: 2, to: "k", in: bucket, upload: upload)
      func complete(_ parts: [CompletedPart]) -> StoreError? {
        failure { () throws(StoreError) in
          try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: parts)
        }
      }
      let stranger = CompletedPart(number: 2, etag: ETag("0123456789abcdef0123456789abcdef"))
      #expect(isRefused(complete([stranger]), "InvalidPart"))
      #expect(isRefused(complete([CompletedPart(number: 1, etag: part.etag)]), "InvalidPart"))
      #expect(isRefused(complete([]), "MalformedXML"))
      #expect(isRefused(complete([part, part]), "InvalidPartOrder"))
      #expect(isRefused(complete([CompletedPart(number: 0, etag: part.etag)]), "InvalidPartNumber"))
      #expect(failure { () throws(StoreError) in try store.head("k", in: bucket) } == .notFound)
      _ = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: [part])
    }
  }

  @Test(arguments: Subject.allCases) func `refuses a small part before the last`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket)
      let parts = try [1, 2].map { try store.uploadPart(.bytes(last), number: $0, to: "k", in: bucket, upload: upload) }
      let outcome = failure { () throws(StoreError) in
        try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: parts)
      }
      #expect(isRefused(outcome, "EntityTooSmall"), "\(String(describing: outcome))")
    }
  }

  @Test(arguments: Subject.all(without: .checksums))
  func `checks each part's checksum`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket, options: PutOptions(), hasPartChecksums: true)
      func send(_ bytes: [UInt8], _ number: Int, _ digest: [UInt8]) throws(StoreError) -> CompletedPart {
        try store.uploadPart(.bytes(bytes), number: number, to: "k", in: bucket, upload: upload, sha256: digest)
      }
      let wrong = failure { () throws(StoreError) in try send(last, 2, SHA256.digest(of: first)) }
      guard case .integrity = wrong else {
        Issue.record("taken: \(String(describing: wrong))")
        return
      }
      let parts = try [send(first, 1, SHA256.digest(of: first)), send(last, 2, SHA256.digest(of: last))]
      #expect(parts[1].sha256 == SHA256.digest(of: last))
      _ = try store.completeMultipartUpload(upload, to: "k", in: bucket, parts: parts)
      let info = try store.head("k", in: bucket)
      #expect(info.size == first.count + last.count && info.sha256 == nil)
    }
  }

  @Test(arguments: Subject.all(without: .listedChecksums))
  func `lists each part's checksum`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let upload = try store.createMultipartUpload("k", in: bucket, options: PutOptions(), hasPartChecksums: true)
      let digest = SHA256.digest(of: last)
      let part = try store.uploadPart(.bytes(last), number: 1, to: "k", in: bucket, upload: upload, sha256: digest)
      let listed = try store.listParts(of: upload, to: "k", in: bucket, after: nil, limit: 10).items
      #expect(listed.map(\.part) == [part])
    }
  }
}
