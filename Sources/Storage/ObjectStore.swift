/// A store of objects in buckets, as S3 speaks of them; calls block, and any thread may make them.
///
/// Keys are 1 to 1,024 bytes of UTF-8 without the segments `.` and `..`, which servers resolve differently.
public protocol ObjectStore: Sendable {
  /// Stores an object, over or (in a versioned bucket) above what the key held.
  ///
  /// Throws `preconditionFailed` where `options.ifNoneMatch` is set and the key is taken, `integrity` where the bytes do
  /// not have `options.sha256`. A put that is repeated after its answer was lost may meet its own first attempt.
  func put(_ body: ObjectBody, to key: String, in bucket: String, options: PutOptions) throws(StoreError) -> PutResult

  /// Hands the object's bytes to `sink` in order, and returns only after as many as were announced.
  ///
  /// Throws `notFound` for an unknown key or version and for a deleted key, `invalidRange` where the range holds no byte
  /// of the object, and whatever `sink` throws. Bytes handed over before an error are genuine but not all.
  func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo

  /// What is known of an object; `notFound` also where the bucket does not exist.
  func head(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) -> ObjectInfo

  /// Deletes one version for good, or, without a version, the object: in a versioned bucket by a delete marker.
  ///
  /// Deleting what is not there succeeds.
  func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Current objects whose keys begin with `prefix`; at most `limit` (1 to 1,000).
  ///
  /// They come in the server's order: AWS sorts by the keys' UTF-8, SeaweedFS by folder.
  /// `token` is the `next` of the page before, nil for the first.
  func list(_ bucket: String, prefix: String, after token: String?, limit: Int) throws(StoreError) -> Page<
    ObjectSummary
  >

  /// All versions and delete markers whose keys begin with `prefix`, key by key, newest first; at most `limit` (1 to 1,000).
  ///
  /// `token` is the `next` of the page before, nil for the first.
  func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary>

  /// Makes a bucket; succeeds where this account has it already.
  func createBucket(_ bucket: String) throws(StoreError)

  /// Whether the bucket exists and may be used.
  func bucketExists(_ bucket: String) throws(StoreError) -> Bool

  /// Removes an empty bucket; succeeds where there is none.
  func deleteBucket(_ bucket: String) throws(StoreError)

  /// Turns the keeping of versions on, or suspends it.
  func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError)

  /// Whether the bucket keeps versions now.
  func isVersioned(_ bucket: String) throws(StoreError) -> Bool
}

extension ObjectStore {
  /// Stores an object without options.
  public func put(_ body: ObjectBody, to key: String, in bucket: String) throws(StoreError) -> PutResult {
    try put(body, to: key, in: bucket, options: PutOptions())
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

  /// What is known of the current object.
  public func head(_ key: String, in bucket: String) throws(StoreError) -> ObjectInfo {
    try head(key, in: bucket, version: nil)
  }

  /// Deletes the object, in a versioned bucket by a delete marker.
  public func delete(_ key: String, in bucket: String) throws(StoreError) { try delete(key, in: bucket, version: nil) }
}
