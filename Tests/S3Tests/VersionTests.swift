import Storage
import TestSupport
import Testing

@Suite struct `Every store that keeps versions` {
  @Test(arguments: Subject.allCases) func `reads each version after overwrites and markers`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      #expect(try store.isVersioned(bucket))
      let first = try store.put(.bytes([1]), to: "k", in: bucket)
      let second = try store.put(.bytes([2, 2]), to: "k", in: bucket)
      let (old, new) = (try #require(first.version), try #require(second.version))
      #expect(old != new && first.etag != second.etag)
      #expect(try store.head("k", in: bucket).version == new)
      #expect(try store.bytes(of: "k", in: bucket, version: old, limit: 9) == [1])
      try store.delete("k", in: bucket)
      #expect(failure { () throws(StoreError) in try store.head("k", in: bucket) } == .notFound)
      #expect(failure { () throws(StoreError) in try store.bytes(of: "k", in: bucket, limit: 9) } == .notFound)
      #expect(try store.bytes(of: "k", in: bucket, version: new, limit: 9) == [2, 2])
      #expect(try store.head("k", in: bucket, version: old).size == 1)
      #expect(try store.list(bucket, prefix: "", after: nil, limit: 9).items.isEmpty)
    }
  }

  @Test(
    arguments: Subject.all(without: .markers)
  )
  func `lists versions newest first and lets each be deleted`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let first = try #require(try store.put(.bytes([1]), to: "k", in: bucket).version)
      let second = try #require(try store.put(.bytes([2, 2]), to: "k", in: bucket).version)
      try store.delete("k", in: bucket)
      let lines = try store.listVersions(bucket, prefix: "k", after: nil, limit: 10).items
      #expect(lines.map(\.isDeleteMarker) == [true, false, false])
      #expect(lines.map(\.isLatest) == [true, false, false])
      #expect(lines.dropFirst().map(\.version) == [second, first])
      #expect(lines.map(\.size) == [0, 2, 1])
      let marker = try #require(lines.first).version
      #expect(failure { () throws(StoreError) in try store.head("k", in: bucket, version: marker) } == .notFound)
      try store.delete("k", in: bucket, version: marker)
      #expect(try store.head("k", in: bucket).version == second)
      try store.delete("k", in: bucket, version: second)
      try store.delete("k", in: bucket, version: second)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [1])
      #expect(
        failure { () throws(StoreError) in try store.bytes(of: "k", in: bucket, version: second, limit: 9) }
          == .notFound
      )
      try store.delete("k", in: bucket, version: first)
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 10).items.isEmpty)
    }
  }

  @Test(arguments: Subject.allCases)
  func `a bucket without versions lists each object as version null, which can be deleted`(
    subject: Subject
  ) throws {
    try subject.withBucket { store, bucket in
      for key in ["ann/f/1/thumb.webp", "ann/f/2/thumb.webp", "ann/f2/1/thumb.webp"] {
        for size in 1...2 { _ = try store.put(.bytes(Array(repeating: 7, count: size)), to: key, in: bucket) }
      }
      let lines = try store.listVersions(bucket, prefix: "ann/f/", after: nil, limit: 10).items
      #expect(lines.map(\.key) == ["ann/f/1/thumb.webp", "ann/f/2/thumb.webp"])
      #expect(lines.allSatisfy { $0.version.description == "null" && !$0.isDeleteMarker && $0.size == 2 })
      for line in lines { try store.delete(line.key, in: bucket, version: line.version) }
      #expect(try store.listVersions(bucket, prefix: "ann/f/", after: nil, limit: 10).items.isEmpty)
      #expect(try store.list(bucket, prefix: "", after: nil, limit: 10).items.map(\.key) == ["ann/f2/1/thumb.webp"])
    }
  }

  @Test(arguments: Subject.allCases) func `pages through the versions of few keys`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      var wanted: [VersionID] = []
      for key in ["a b", "b+c", "c"] {
        let versions = try (1...4).map { try #require(try store.put(.bytes([UInt8($0)]), to: key, in: bucket).version) }
        wanted += versions.reversed()
      }
      for limit in [1, 3, 5, 12] {
        var found: [VersionID] = []
        var token: String?
        repeat {
          let page = try store.listVersions(bucket, prefix: "", after: token, limit: limit)
          #expect(page.items.count <= limit)
          found += page.items.map(\.version)
          token = page.next
        } while token != nil && found.count < 100
        #expect(found == wanted, "\(limit) a page")
      }
    }
  }

  @Test(arguments: Subject.allCases) func `serves ranges of a version`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let version = try store.put(.bytes([1, 2, 3]), to: "k", in: bucket).version
      _ = try store.put(.bytes([4]), to: "k", in: bucket)
      #expect(try store.bytes(of: "k", in: bucket, version: version, range: .closed(1...2), limit: 9) == [2, 3])
    }
  }
}
