/// An entry of one level of a bucket.
public enum BucketEntry: Hashable, Sendable {
  /// The common prefix of keys, with the slash at its end.
  case folder(String)
  /// An object whose key has no slash behind the prefix.
  case object(ObjectSummary)
}

/// A store that can list one level of a bucket, so that a caller can list several folders at the same time.
public protocol FolderListing {
  /// Returns up to `limit` (1 to 1,000) folders and objects directly below `prefix`.
  ///
  /// `token` is the `next` of the previous page, nil for the first page. A folder without current objects is absent.
  func folders(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<BucketEntry>
}
