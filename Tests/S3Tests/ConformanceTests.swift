import Foundation
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

/// Behaviour that all stores share: tested on the store in memory, on two servers (one of them in both ways of
/// addressing), and on the server that the environment names.
@Suite struct `Every store` {
  @Test(arguments: Subject.allCases) func `reports a missing bucket`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let missing = bucket + "-missing"
      #expect(failure { () throws(StoreError) in try store.put(.bytes([1]), to: "k", in: missing) } == .noSuchBucket)
      #expect(failure { () throws(StoreError) in try store.bytes(of: "k", in: missing, limit: 10) } == .noSuchBucket)
      #expect(failure { () throws(StoreError) in try store.head("k", in: missing) } == .notFound)
      #expect(
        failure { () throws(StoreError) in try store.list(missing, prefix: "", after: nil, limit: 10) } == .noSuchBucket
      )
      let exists = try (store.bucketExists(missing), store.bucketExists(bucket))
      #expect(exists == (false, true))
    }
  }

  @Test(arguments: Subject.allCases) func `reports a missing key, and deletes it repeatedly`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      #expect(failure { () throws(StoreError) in try store.bytes(of: "none", in: bucket, limit: 10) } == .notFound)
      #expect(failure { () throws(StoreError) in try store.head("none", in: bucket) } == .notFound)
      try store.delete("none", in: bucket)
      _ = try store.put(.bytes([1]), to: "some", in: bucket)
      try store.delete("some", in: bucket)
      try store.delete("some", in: bucket)
      #expect(failure { () throws(StoreError) in try store.head("some", in: bucket) } == .notFound)
    }
  }

  @Test(arguments: Subject.allCases) func `creates a bucket twice and deletes only an empty one`(subject: Subject)
    throws
  {
    try subject.withBucket { store, bucket in
      try store.createBucket(bucket)
      #expect(try store.isVersioned(bucket) == false)
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      guard
        case .invalidRequest("BucketNotEmpty", _) = failure({ () throws(StoreError) in try store.deleteBucket(bucket) })
      else {
        Issue.record("a bucket with an object was removed")
        return
      }
      try store.deleteBucket(bucket + "-missing")
    }
  }

  @Test(arguments: Subject.allCases) func `refuses keys that servers resolve differently`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      for key in ["", "..", "a/../b", "./a", "a/.", #"a\..\b"#, String(repeating: "k", count: 1025)] {
        guard
          case .invalidRequest = failure({ () throws(StoreError) in try store.put(.bytes([1]), to: key, in: bucket) })
        else {
          Issue.record("taken: \(key)")
          continue
        }
      }
    }
  }

  @Test(arguments: Subject.all(without: .checksums))
  func `refuses a wrong checksum and stores nothing`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let wrong = PutOptions(sha256: SHA256.digest(of: [9]))
      guard
        case .integrity = failure({ () throws(StoreError) in
          try store.put(.bytes([1, 2]), to: "k", in: bucket, options: wrong)
        })
      else {
        Issue.record("taken")
        return
      }
      #expect(failure { () throws(StoreError) in try store.head("k", in: bucket) } == .notFound)
      let right = PutOptions(sha256: SHA256.digest(of: [1, 2]))
      _ = try store.put(.bytes([1, 2]), to: "k", in: bucket, options: right)
    }
  }

  @Test(arguments: Subject.allCases, [false, true]) func `takes a free key only once`(subject: Subject, versioned: Bool)
    throws
  {
    guard !versioned || !subject.limits.contains(.versionConditions) else { return }
    try subject.withBucket(versioned: versioned) { store, bucket in
      let onlyNew = PutOptions(ifNoneMatch: true)
      _ = try store.put(.bytes([1]), to: "k", in: bucket, options: onlyNew)
      #expect(
        failure { () throws(StoreError) in try store.put(.bytes([2]), to: "k", in: bucket, options: onlyNew) }
          == .preconditionFailed
      )
      #expect(try store.bytes(of: "k", in: bucket, limit: 10) == [1])
      try store.delete("k", in: bucket)
      _ = try store.put(.bytes([3]), to: "k", in: bucket, options: onlyNew)
      #expect(try store.bytes(of: "k", in: bucket, limit: 10) == [3])
    }
  }

  @Test(arguments: Subject.allCases) func `returns what was stored, with its headers`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let options = PutOptions(
        contentType: "image/webp",
        cacheControl: "public, max-age=31536000, immutable",
        metadata: ["original-filename": "%C3%A4 b.jpg", "uploader-id": "u1"]
      )
      let before = Date(timeIntervalSinceNow: -5)
      let put = try store.put(.bytes([1, 2, 3]), to: "k", in: bucket, options: options)
      let info = try store.head("k", in: bucket)
      #expect(info.size == 3 && info.etag == put.etag && info.version == nil && put.version == nil)
      #expect(info.contentType == options.contentType && info.cacheControl == options.cacheControl)
      #expect(info.metadata == options.metadata)
      #expect((before...Date(timeIntervalSinceNow: 5)).contains(info.lastModified))
      var read: [UInt8] = []
      let got = try store.get("k", in: bucket) { read.append(contentsOf: $0) }
      #expect(got == info && read == [1, 2, 3])
    }
  }

  @Test(arguments: Subject.allCases) func `accepts every kind of body`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let folder = try ScratchFolder()
      let path = try folder.write(bytes, to: "body")
      let file = open(path, O_RDONLY)
      defer { close(file) }
      let reader = ObjectBody.reader(length: 200_000) { offset, buffer throws(StoreError) in
        bytes.withUnsafeBytes {
          buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)...].prefix(buffer.count)))
        }
        return buffer.count
      }
      let bodies: [ObjectBody] = [
        .bytes(bytes), .file(path: path, length: 200_000), .descriptor(file, length: 200_000), reader,
      ]
      for (index, body) in bodies.enumerated() {
        _ = try store.put(body, to: "k\(index)", in: bucket, options: PutOptions(sha256: SHA256.digest(of: bytes)))
        #expect(try store.bytes(of: "k\(index)", in: bucket, limit: 200_000) == bytes)
      }
      _ = try store.put(.bytes([]), to: "empty", in: bucket)
      #expect(try store.bytes(of: "empty", in: bucket, limit: 0) == [])
      let changed = failure { () throws(StoreError) in try store.put(.file(path: path, length: 9), to: "k", in: bucket)
      }
      guard case .aborted = changed else {
        Issue.record("a file of another length was taken: \(String(describing: changed))")
        return
      }
    }
  }

  @Test(arguments: Subject.allCases) func `stops where the sink or the limit ends`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      _ = try store.put(.bytes([UInt8](repeating: 1, count: 100)), to: "k", in: bucket)
      let enough = StoreError.aborted(detail: "enough")
      #expect(
        failure { () throws(StoreError) in try store.get("k", in: bucket) { _ throws(StoreError) in throw enough } }
          == enough
      )
      #expect(
        failure { () throws(StoreError) in try store.bytes(of: "k", in: bucket, limit: 99) } == .tooLarge(limit: 99)
      )
    }
  }

  @Test(arguments: Subject.allCases) func `reads ranges up to their edges`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let bytes = [UInt8](0..<100)
      _ = try store.put(.bytes(bytes), to: "k", in: bucket)
      let inside: [(ByteRange, Range<Int>)] = [
        (.from(0), 0..<100), (.from(99), 99..<100), (.closed(0...0), 0..<1), (.closed(99...99), 99..<100),
        (.closed(10...19), 10..<20), (.closed(90...500), 90..<100), (.suffix(1), 99..<100), (.suffix(100), 0..<100),
        (.suffix(1000), 0..<100),
      ]
      for (range, offsets) in inside {
        var read: [UInt8] = []
        let info = try store.get("k", in: bucket, version: nil, range: range) { read.append(contentsOf: $0) }
        #expect(read == Array(bytes[offsets]) && info.size == 100, "\(range)")
      }
      for range in [ByteRange.from(100), .closed(100...200)] {
        #expect(
          failure { () throws(StoreError) in try store.bytes(of: "k", in: bucket, range: range, limit: 100) }
            == .invalidRange
        )
      }
    }
  }

  @Test(arguments: Subject.allCases) func `keeps awkward keys apart and lists them unchanged`(subject: Subject) throws {
    let keys = [
      "a b", "a+b", "a%20b", "a%2Fb", "~tilde", ".hidden", "a/.hidden", "u/ä.jpg", "u/a\u{308}.jpg", "日本語/ファイル.png",
      "😀",
      "quote\"'<&>", "semi;colon,equals=&", "question?mark#hash", "trailing space ", "*star(1)!", "@:$[]{}|^`",
      String(repeating: "k", count: 200),
    ]
    try subject.withBucket { store, bucket in
      for key in keys {
        _ = try store.put(.bytes(Array(key.utf8)), to: key, in: bucket, options: PutOptions(ifNoneMatch: true))
      }
      for key in keys {
        #expect(try store.bytes(of: key, in: bucket, limit: 2000) == Array(key.utf8), "\(key)")
        #expect(try store.head(key, in: bucket).size == key.utf8.count)
      }
      let listed = try store.list(bucket, prefix: "", after: nil, limit: 1000).items.map { Array($0.key.utf8) }
      #expect(listed.count == keys.count && Set(listed) == Set(keys.map { Array($0.utf8) }))
      for key in keys { try store.delete(key, in: bucket) }
      #expect(try store.list(bucket, prefix: "", after: nil, limit: 1000).items.isEmpty)
    }
  }

  @Test(arguments: Subject.allCases) func `finds a key with an empty segment by its name`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      _ = try store.put(.bytes([1]), to: "a//b", in: bucket)
      #expect(try store.bytes(of: "a//b", in: bucket, limit: 9) == [1])
      try store.delete("a//b", in: bucket)
      #expect(failure { () throws(StoreError) in try store.head("a//b", in: bucket) } == .notFound)
    }
  }

  @Test(arguments: Subject.allCases) func `serves several threads at once`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let wrong = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 8) { thread in
        for round in 0..<5 {
          let (key, bytes) = ("\(thread)/\(round)", [UInt8](repeating: UInt8(thread * 16 + round), count: 10_000))
          guard (try? store.put(.bytes(bytes), to: key, in: bucket)) != nil,
            (try? store.bytes(of: key, in: bucket, limit: 10_000)) == bytes
          else {
            wrong.withLock { $0 += 1 }
            return
          }
        }
      }
      #expect(wrong.withLock { $0 } == 0)
      let listed = try store.list(bucket, prefix: "", after: nil, limit: 1000).items
      #expect(listed.count == 40)
    }
  }

  @Test(arguments: Subject.allCases) func `pages through more keys than fit into one page`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let keys = (0..<23).map { "p/\($0 / 10)/\($0 % 10) +" }
      for key in keys + ["other", "q"] { _ = try store.put(.bytes([1]), to: key, in: bucket) }
      for limit in [1, 7, 23, 24] {
        var found: [String] = []
        var token: String?
        repeat {
          let page = try store.list(bucket, prefix: "p/", after: token, limit: limit)
          #expect(page.items.count <= limit && page.items.allSatisfy { $0.size == 1 })
          found += page.items.map(\.key)
          token = page.next
        } while token != nil && found.count < 100
        #expect(found == keys)
      }
    }
  }
}
