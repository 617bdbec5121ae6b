extension ObjectStore {
  /// Stores an object without options.
  public func put(_ body: ObjectBody, to key: String, in bucket: String) throws(StoreError) -> PutResult {
    try put(body, to: key, in: bucket, options: PutOptions())
  }

  /// Passes the bytes of an object to `sink`, if the condition is true.
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome {
    try get(key, in: bucket, version: version, range: range, condition: condition, begin: { _ in }, into: sink)
  }

  /// Passes the attributes of the whole current object to `begin` and its bytes to `sink`, without a condition.
  public func get(
    _ key: String,
    in bucket: String,
    begin: (ObjectInfo) throws(StoreError) -> Void,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo {
    try get(key, in: bucket, version: nil, range: nil, condition: nil, begin: begin, into: sink).unconditional()
  }

  /// Passes the bytes of an object to `sink`, without a condition.
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo {
    try get(key, in: bucket, version: version, range: range, condition: nil, into: sink).unconditional()
  }

  /// Passes the bytes of the whole current object to `sink`.
  ///
  /// ```swift
  /// var bytes: [UInt8] = []
  /// let info = try store.get("ada/photo.jpg", in: "uploads-raw") { piece throws(StoreError) in
  ///   bytes.append(contentsOf: piece)
  /// }
  /// ```
  public func get(
    _ key: String,
    in bucket: String,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo {
    try get(key, in: bucket, version: nil, range: nil, into: sink)
  }

  /// Returns the bytes of an object, or of a range; throws `tooLarge` if there are more than `limit` bytes.
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

  /// Returns the attributes of an object, without a condition.
  public func head(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) -> ObjectInfo {
    try head(key, in: bucket, version: version, condition: nil).unconditional()
  }

  /// Returns the attributes of the current object.
  public func head(_ key: String, in bucket: String) throws(StoreError) -> ObjectInfo {
    try head(key, in: bucket, version: nil)
  }

  /// Deletes the object; in a versioned bucket, the store adds a delete marker.
  public func delete(_ key: String, in bucket: String) throws(StoreError) { try delete(key, in: bucket, version: nil) }

  /// Copies an object with the content type, cache control and metadata of the source.
  public func copy(_ source: CopySource, to key: String, in bucket: String) throws(StoreError) -> PutResult {
    try copy(source, to: key, in: bucket, replacement: nil)
  }

  /// Returns the tags of the current object.
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

  /// Creates a multipart upload whose parts have no checksums.
  ///
  /// ```swift
  /// let upload = try store.createMultipartUpload("ada/film.mp4", in: "uploads-raw")
  /// let part = try store.uploadPart(.bytes(bytes), number: 1, to: "ada/film.mp4", in: "uploads-raw", upload: upload)
  /// _ = try store.completeMultipartUpload(upload, to: "ada/film.mp4", in: "uploads-raw", parts: [part])
  /// ```
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

  /// Creates the object from `parts`, and replaces an existing object.
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart]
  ) throws(StoreError) -> PutResult {
    try completeMultipartUpload(upload, to: key, in: bucket, parts: parts, ifNoneMatch: false)
  }

  /// Creates the object from `parts`, without a check of its size.
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
