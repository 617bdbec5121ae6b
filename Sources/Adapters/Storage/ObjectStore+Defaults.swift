extension ObjectStore {
  /// Stores an object without options.
  public func put(_ body: ObjectBody, to key: String, in bucket: String) throws(StoreError) -> PutResult {
    try put(body, to: key, in: bucket, options: PutOptions())
  }

  /// Hands the object's bytes to `sink`, whatever its tag.
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo {
    try get(key, in: bucket, version: version, range: range, condition: nil, into: sink).unconditional()
  }

  /// Hands the whole current object to `sink`.
  public func get(
    _ key: String,
    in bucket: String,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo {
    try get(key, in: bucket, version: nil, range: nil, into: sink)
  }

  /// An object, or a range of it, in memory; `tooLarge` where it is longer than `limit` bytes.
  public func bytes(
    of key: String,
    in bucket: String,
    version: VersionID? = nil,
    range: ByteRange? = nil,
    limit: Int
  ) throws(StoreError) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = try get(key, in: bucket, version: version, range: range) { piece throws(StoreError) in
      guard piece.count <= limit - bytes.count else { throw .tooLarge(limit: limit) }
      bytes.append(contentsOf: piece)
    }
    return bytes
  }

  /// What is known of an object, whatever its tag.
  public func head(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) -> ObjectInfo {
    try head(key, in: bucket, version: version, condition: nil).unconditional()
  }

  /// What is known of the current object.
  public func head(_ key: String, in bucket: String) throws(StoreError) -> ObjectInfo {
    try head(key, in: bucket, version: nil)
  }

  /// Deletes the object, in a versioned bucket by a delete marker.
  public func delete(_ key: String, in bucket: String) throws(StoreError) { try delete(key, in: bucket, version: nil) }

  /// Makes a copy with the source's own content type, cache control and metadata.
  public func copy(_ source: CopySource, to key: String, in bucket: String) throws(StoreError) -> PutResult {
    try copy(source, to: key, in: bucket, replacement: nil)
  }

  /// The tags of the current object.
  public func tags(of key: String, in bucket: String) throws(StoreError) -> [String: String] {
    try tags(of: key, in: bucket, version: nil)
  }

  /// Replaces all tags of the current object.
  public func setTags(_ tags: [String: String], of key: String, in bucket: String) throws(StoreError) {
    try setTags(tags, of: key, in: bucket, version: nil)
  }

  /// Removes all tags of the current object.
  public func removeTags(of key: String, in bucket: String) throws(StoreError) {
    try removeTags(of: key, in: bucket, version: nil)
  }

  /// Begins an upload whose parts bear no checksums.
  public func createMultipartUpload(
    _ key: String,
    in bucket: String,
    options: PutOptions = PutOptions()
  ) throws(StoreError) -> UploadID {
    try createMultipartUpload(key, in: bucket, options: options, hasPartChecksums: false)
  }

  /// Stores a part without a checksum.
  public func uploadPart(
    _ body: ObjectBody,
    number: Int,
    to key: String,
    in bucket: String,
    upload: UploadID
  ) throws(StoreError) -> CompletedPart {
    try uploadPart(body, number: number, to: key, in: bucket, upload: upload, sha256: nil)
  }

  /// Makes the object of the parts named, whatever the key holds.
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart]
  ) throws(StoreError) -> PutResult {
    try completeMultipartUpload(upload, to: key, in: bucket, parts: parts, ifNoneMatch: false)
  }

  /// Makes the object of the parts named, whose sizes nobody tells.
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult {
    try completeMultipartUpload(upload, to: key, in: bucket, parts: parts, size: nil, ifNoneMatch: ifNoneMatch)
  }
}
