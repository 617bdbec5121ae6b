extension ObjectStore {
  /// Returns the versions and delete markers of exactly `key`, newest first.
  ///
  /// A listing selects by prefix, and `key` can be the prefix of a million other keys. The versions of one key follow
  /// one another, so the method stops after them. In front of them, a store that lists by folder can have other keys;
  /// the method reads at most ten pages of 1,000 entries. Keys are compared byte for byte.
  public func versions(of key: String, in bucket: String) throws(StoreError) -> [VersionSummary] {
    var versions: [VersionSummary] = []
    var trail = PageTrail()
    for _ in 0..<10 {
      let page = try listVersions(bucket, prefix: key, after: trail.token, limit: 1000)
      versions += page.items.filter { $0.key.utf8.elementsEqual(key.utf8) }
      let isPast = !versions.isEmpty && page.items.last?.key.utf8.elementsEqual(key.utf8) == false
      if isPast { break }
      guard try trail.follow(page.next) else { break }
    }
    return versions
  }
}
