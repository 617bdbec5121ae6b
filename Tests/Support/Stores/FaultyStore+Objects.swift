public import Storage

extension FaultyStore {
  /// Deletes objects and versions in one call, which is recorded with the bucket as its key.
  public func deleteAll(_ objects: [ObjectReference], in bucket: String) throws(StoreError) -> [DeletionFailure] {
    try pass(Call(operation: .deleteAll, key: bucket)) { () throws(StoreError) in
      try memory.deleteAll(objects, in: bucket)
    }
  }

  /// Copies an object.
  public func copy(
    _ source: CopySource,
    to key: String,
    in bucket: String,
    replacement: PutOptions?
  ) throws(StoreError) -> PutResult {
    try pass(Call(operation: .copy, key: key)) { () throws(StoreError) in
      try memory.copy(source, to: key, in: bucket, replacement: replacement)
    }
  }

  /// Returns the tags of an object or a version.
  public func tags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) -> [String: String] {
    try pass(Call(operation: .tags, key: key, version: version)) { () throws(StoreError) in
      try memory.tags(of: key, in: bucket, version: version)
    }
  }

  /// Replaces all tags of an object or a version.
  public func setTags(
    _ tags: [String: String],
    of key: String,
    in bucket: String,
    version: VersionID?
  ) throws(StoreError) {
    try pass(Call(operation: .setTags, key: key, version: version)) { () throws(StoreError) in
      try memory.setTags(tags, of: key, in: bucket, version: version)
    }
  }

  /// Deletes all tags of an object or a version.
  public func removeTags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try pass(Call(operation: .removeTags, key: key, version: version)) { () throws(StoreError) in
      try memory.removeTags(of: key, in: bucket, version: version)
    }
  }
}
