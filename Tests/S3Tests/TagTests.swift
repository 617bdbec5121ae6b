import Storage
import Testing

@Suite struct `Every store that tags` {
  private let tags = ["state": "kept", "owner/id": "ä b+c=d:e@f_g.h-i", "empty": ""]

  @Test(arguments: Subject.allCases) func `returns the tags that were set, and none after their deletion`(
    subject: Subject
  ) throws {
    try subject.withBucket { store, bucket in
      let put = try store.put(.bytes([1]), to: "k", in: bucket, options: PutOptions(metadata: ["a": "b"]))
      #expect(try store.tags(of: "k", in: bucket) == [:])
      try store.setTags(tags, of: "k", in: bucket)
      #expect(try store.tags(of: "k", in: bucket) == tags)
      try store.setTags(["other": "1"], of: "k", in: bucket)
      #expect(try store.tags(of: "k", in: bucket) == ["other": "1"])
      let info = try store.head("k", in: bucket)
      #expect(info.etag == put.etag && info.metadata == ["a": "b"])
      try store.removeTags(of: "k", in: bucket)
      try store.removeTags(of: "k", in: bucket)
      #expect(try store.tags(of: "k", in: bucket) == [:])
    }
  }

  @Test(arguments: Subject.allCases) func `tags one version and no other`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let old = try #require(try store.put(.bytes([1]), to: "k", in: bucket).version)
      let new = try #require(try store.put(.bytes([2]), to: "k", in: bucket).version)
      try store.setTags(["a": "old"], of: "k", in: bucket, version: old)
      #expect(try store.tags(of: "k", in: bucket) == [:])
      try store.setTags(["a": "new"], of: "k", in: bucket)
      #expect(try store.tags(of: "k", in: bucket, version: new) == ["a": "new"])
      #expect(try store.tags(of: "k", in: bucket, version: old) == ["a": "old"])
      try store.removeTags(of: "k", in: bucket, version: old)
      #expect(try store.tags(of: "k", in: bucket, version: old) == [:])
      #expect(try store.tags(of: "k", in: bucket) == ["a": "new"])
    }
  }

  @Test(arguments: Subject.allCases) func `accepts tags up to the limits and refuses more`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      let most = Dictionary(uniqueKeysWithValues: (0..<10).map { ("\($0)" + String(repeating: "k", count: 127), "v") })
      let longest = ["k": String(repeating: "v", count: 256)]
      for good in [most, longest] {
        try store.setTags(good, of: "k", in: bucket)
        #expect(try store.tags(of: "k", in: bucket) == good)
      }
      let bad: [[String: String]] = [
        most.merging(["eleventh": ""]) { $1 }, [String(repeating: "k", count: 129): ""], ["": "v"],
        ["k": String(repeating: "v", count: 257)], ["k": String(repeating: "𐐀", count: 129)], ["aws:k": "v"],
        ["a<b": "v"], ["k": "a&b"], ["k": "a\u{1}b"], ["k": "a\nb"],
      ]
      for tags in bad {
        let outcome = failure { () throws(StoreError) in try store.setTags(tags, of: "k", in: bucket) }
        guard case .invalidRequest("InvalidTag", _) = outcome else {
          Issue.record("taken: \(tags): \(String(describing: outcome))")
          continue
        }
      }
      #expect(try store.tags(of: "k", in: bucket) == longest)
    }
  }

  @Test(arguments: Subject.allCases) func `reports a missing object`(subject: Subject) throws {
    try subject.withBucket { store, bucket in
      #expect(failure { () throws(StoreError) in try store.tags(of: "none", in: bucket) } == .notFound)
      #expect(failure { () throws(StoreError) in try store.setTags(["a": "b"], of: "none", in: bucket) } == .notFound)
    }
  }
}
