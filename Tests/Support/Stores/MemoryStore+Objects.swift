public import Storage

extension MemoryStore {
  /// Deletes objects and versions.
  public func deleteAll(_ objects: [ObjectReference], in bucket: String) throws(StoreError) -> [DeletionFailure] {
    try checkBatch(objects)
    return try change(bucket) { bucket throws(StoreError) in
      for object in objects { bucket.delete(object) }
      return []
    }
  }

  /// Copies an object.
  public func copy(
    _ source: CopySource,
    to key: String,
    in bucket: String,
    replacement: PutOptions?
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    if let replacement {
      try checkDescribesOnly(replacement)
      try checkMetadata(replacement.metadata)
    }
    let found = try find(source.key, in: source.bucket, version: source.version).version
    guard source.ifMatch == nil || source.ifMatch == found.etag else { throw .preconditionFailed }
    let isItself = source.bucket == bucket && source.key.utf8.elementsEqual(key.utf8) && source.version == nil
    guard replacement != nil || !isItself else {
      throw .invalidRequest(code: "InvalidRequest", message: "an object copied to itself, and nothing changed")
    }
    var options = replacement ?? found.options
    options.sha256 = found.options.sha256
    return try change(bucket) { bucket throws(StoreError) in
      let copy = MemoryVersion(bytes: found.bytes, etag: found.etag, options: options, tags: found.tags)
      let made = bucket.add(copy, to: key)
      return PutResult(etag: made.etag, version: bucket.name(of: made))
    }
  }

  /// Returns the tags of an object or a version.
  public func tags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) -> [String: String] {
    try find(key, in: bucket, version: version).version.tags
  }

  /// Replaces all tags of an object or a version.
  public func setTags(
    _ tags: [String: String],
    of key: String,
    in bucket: String,
    version: VersionID?
  ) throws(StoreError) {
    try checkTags(tags)
    try checkObjectKey(key)
    try change(bucket) { bucket throws(StoreError) in
      guard bucket.setTags(tags, of: key, version) else { throw .notFound }
    }
  }

  /// Deletes all tags of an object or a version.
  public func removeTags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try setTags([:], of: key, in: bucket, version: version)
  }
}
