import Storage
import TestSupport
import Testing

@Suite struct `Every store that deletes in batches` {
  private let awkward = [
    "a b", "a+b", "a%20b", "quote\"'<&>", "]]>", "&amp;", "tab\there", "line\nend", "return\rhere", "bell\u{7}",
    "\u{1}",
    "u/ä.jpg", "u/a\u{308}.jpg", "😀", "trailing space ", "\u{7F}\u{85}", "?#;:@=,$",
  ]

  @Test(arguments: Subject.allCases) func `deletes keys that XML encodes or cannot contain, and no others`(
    subject: Subject
  ) throws {
    try subject.withBucket { store, bucket in
      let names = awkward.filter { !subject.limits.contains(.controlCharacters) || !hasControlCharacter($0) }
      let others = ["a", "u/a.jpg", "lineend", "line end", "returnhere", "bell"]
      for key in names + others { _ = try store.put(.bytes([1]), to: key, in: bucket) }
      let gone = names.map { ObjectReference($0) } + [ObjectReference("none")]
      #expect(try store.deleteAll(gone, in: bucket) == [])
      let left = try store.list(bucket, prefix: "", after: nil, limit: 1000).items.map(\.key)
      #expect(left.sorted() == others.sorted())
      #expect(try store.deleteAll(gone, in: bucket) == [])
      #expect(try store.deleteAll([], in: bucket) == [])
    }
  }

  private func hasControlCharacter(_ key: String) -> Bool { key.unicodeScalars.contains { $0.value < 0x20 } }

  @Test(arguments: Subject.allCases) func `deletes the versions named and leaves the others`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let old = try #require(try store.put(.bytes([1]), to: "k", in: bucket).version)
      let new = try #require(try store.put(.bytes([2, 2]), to: "k", in: bucket).version)
      let single = try #require(try store.put(.bytes([3]), to: "l", in: bucket).version)
      let gone = [ObjectReference("k", version: new), ObjectReference("l", version: single)]
      #expect(try store.deleteAll(gone, in: bucket) == [])
      #expect(try store.head("k", in: bucket).version == old)
      #expect(failure { () throws(StoreError) in try store.head("l", in: bucket) } == .notFound)
      #expect(try store.deleteAll(gone, in: bucket) == [])
      #expect(try store.deleteAll([ObjectReference("k")], in: bucket) == [])
      let lines = try store.listVersions(bucket, prefix: "", after: nil, limit: 10).items
      #expect(lines.count == 2 && lines.filter(\.isDeleteMarker).count == 1)
      #expect(try store.deleteAll(lines.map { ObjectReference($0.key, version: $0.version) }, in: bucket) == [])
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 10).items.isEmpty)
    }
  }

  @Test(arguments: Subject.allCases) func `accepts 1000 keys per request and no more`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      let names = (0..<1000).map { ObjectReference("\($0)-" + String(repeating: "<", count: 150)) }
      for name in [names[0], names[999]] { _ = try store.put(.bytes([1]), to: name.key, in: bucket) }
      #expect(try store.deleteAll(names, in: bucket) == [])
      #expect(try store.list(bucket, prefix: "", after: nil, limit: 10).items.isEmpty)
      let outcome = failure { () throws(StoreError) in
        try store.deleteAll(names + [ObjectReference("one more")], in: bucket)
      }
      guard case .invalidRequest("InvalidBatch", _) = outcome else {
        Issue.record("\(String(describing: outcome))")
        return
      }
    }
  }

  @Test(arguments: Subject.allCases) func `reports a missing bucket instead of deleted objects`(
    subject: Subject
  ) throws {
    try subject.withBucket { store, bucket in
      let outcome = failure { () throws(StoreError) in
        try store.deleteAll([ObjectReference("k")], in: bucket + "-missing")
      }
      #expect(outcome == .noSuchBucket)
    }
  }
}
