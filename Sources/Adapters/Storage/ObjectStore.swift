/// An object store with buckets, after the model of S3; calls block, and any thread may call.
///
/// Keys are 1 to 1,024 bytes of UTF-8 without the segments `.` and `..`, which servers resolve differently. A caller
/// may retry a change whose response was lost; the comment of each function says what a retry can encounter.
public protocol ObjectStore: Sendable {
  /// Stores an object; it replaces the current object, or becomes a new version in a versioned bucket.
  ///
  /// Throws `preconditionFailed` in two cases: `options.ifNoneMatch` is set and the key has an object, or the object
  /// does not have the tag `options.ifMatch`. Throws `integrity` if the bytes do not have the digest `options.sha256`.
  /// A retry after a lost response can find the object of the first attempt.
  ///
  /// ```swift
  /// let options = PutOptions(contentType: "image/jpeg", ifNoneMatch: true)
  /// let result = try store.put(.bytes(bytes), to: "ada/photo.jpg", in: "uploads-raw", options: options)
  /// ```
  func put(_ body: ObjectBody, to key: String, in bucket: String, options: PutOptions) throws(StoreError) -> PutResult

  /// Passes the attributes of an object to `begin` once, then its bytes to `sink` in order, and returns after the
  /// announced number of bytes.
  ///
  /// Throws `notFound` if the key or version is unknown or the object is deleted, `invalidRange` if the object has no
  /// byte in `range`, `preconditionFailed` if `condition` is false, and each error of `begin` and `sink`. After an error, the bytes
  /// that `sink` received are correct but incomplete.
  func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    begin: (ObjectInfo) throws(StoreError) -> Void,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome

  /// Returns the attributes of an object; throws `notFound` if the object or the bucket does not exist.
  func head(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    condition: ReadCondition?
  ) throws(StoreError) -> ReadOutcome

  /// Deletes one version permanently; without a version, deletes the object, with a delete marker in a versioned
  /// bucket.
  ///
  /// Succeeds if the object or version does not exist.
  func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Deletes up to 1,000 objects and versions in one call, each like `delete`, and returns those that were not deleted.
  ///
  /// Throws an error if the outcome is unknown, and `invalidRequest` for more than 1,000 objects. An object that the
  /// response does not mention is returned with the error `unexpected`. A retry adds a second delete marker for each
  /// object without a version.
  ///
  /// ```swift
  /// let objects = [ObjectReference("ada/a.png"), ObjectReference("ada/b.png")]
  /// for failure in try store.deleteAll(objects, in: "uploads-raw") { print(failure.object.key, failure.error) }
  /// ```
  func deleteAll(_ objects: [ObjectReference], in bucket: String) throws(StoreError) -> [DeletionFailure]

  /// Copies an object of up to 5 GB inside the store, with its tags.
  ///
  /// `replacement` replaces content type, cache control and metadata; nil keeps those of the source. Throws `notFound`
  /// if the source does not exist, and `preconditionFailed` if the source does not have the tag `source.ifMatch`. A
  /// retry after a lost response creates a second, equal version in a versioned bucket.
  func copy(
    _ source: CopySource,
    to key: String,
    in bucket: String,
    replacement: PutOptions?
  ) throws(StoreError) -> PutResult

  /// Returns the tags of an object or a version.
  func tags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) -> [String: String]

  /// Replaces all tags of an object or a version; `checkTags` defines valid tags.
  func setTags(_ tags: [String: String], of key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Removes all tags of an object or a version.
  func removeTags(of key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Creates a multipart upload; `options` describes the future object and contains neither a checksum nor a condition.
  ///
  /// If `hasPartChecksums` is true, every part must have its SHA-256. A retry after a lost response leaves a second
  /// upload, which only `listMultipartUploads` or a lifecycle rule finds.
  func createMultipartUpload(
    _ key: String,
    in bucket: String,
    options: PutOptions,
    hasPartChecksums: Bool
  ) throws(StoreError) -> UploadID

  /// Stores a part and replaces a part of the same number; every part except the last has at least 5 MB.
  ///
  /// Throws `notFound` if the upload does not exist, and `integrity` if the bytes do not have the digest `sha256`,
  /// which only uploads with `hasPartChecksums` accept. A retry has no further effect.
  func uploadPart(
    _ body: ObjectBody,
    number: Int,
    to key: String,
    in bucket: String,
    upload: UploadID,
    sha256: [UInt8]?
  ) throws(StoreError) -> CompletedPart

  /// Returns up to `limit` (1 to 1,000) parts of an upload, by number; throws `notFound` if the upload does not exist.
  ///
  /// `token` is the `next` of the previous page, nil for the first page.
  func listParts(
    of upload: UploadID,
    to key: String,
    in bucket: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<PartSummary>

  /// Returns up to `limit` (1 to 1,000) open multipart uploads whose keys start with `prefix`.
  ///
  /// `token` is the `next` of the previous page, nil for the first page.
  func listMultipartUploads(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<UploadSummary>

  /// Creates the object from `parts`, and discards all other parts of the upload.
  ///
  /// A caller may retry a completion: if the upload no longer exists and the key holds the object of exactly these
  /// parts, the call returns the result for that object. `size` is the total length of the parts, or nil if unknown;
  /// the store compares `size` if entity tags cannot identify the object.
  ///
  /// Throws `notFound` if the upload no longer exists and the key holds another object or none. Throws
  /// `preconditionFailed` if `ifNoneMatch` is set and the key has an object. A retry can find the object of the first
  /// attempt; the upload then exists until the caller aborts it. Throws `invalidRequest` with the code `InvalidPart` or
  /// `EntityTooSmall` if the store refuses a part.
  func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    size: Int64?,
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult

  /// Aborts an upload and deletes its parts; succeeds if the upload does not exist.
  ///
  /// A part that is being sent at the same time may be stored afterwards: abort again until `listParts` throws
  /// `notFound`.
  func abortMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError)

  /// Returns up to `limit` (1 to 1,000) current objects whose keys start with `prefix`.
  ///
  /// The server determines the order: AWS sorts by the UTF-8 bytes of the keys, SeaweedFS by folder. `token` is the
  /// `next` of the previous page, nil for the first page. `PageTrail` shows how to read all pages.
  func list(_ bucket: String, prefix: String, after token: String?, limit: Int) throws(StoreError) -> Page<
    ObjectSummary
  >

  /// Returns up to `limit` (1 to 1,000) versions and delete markers whose keys start with `prefix`.
  ///
  /// They are ordered by key, and newest first within a key. `token` is the `next` of the previous page, nil for the
  /// first page.
  func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary>

  /// Creates a bucket; succeeds if this account already has it.
  func createBucket(_ bucket: String) throws(StoreError)

  /// Returns true if the bucket exists and the account may use it.
  func bucketExists(_ bucket: String) throws(StoreError) -> Bool

  /// Deletes an empty bucket; succeeds if the bucket does not exist.
  func deleteBucket(_ bucket: String) throws(StoreError)

  /// Enables or suspends versioning of a bucket.
  func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError)

  /// Returns true if versioning of the bucket is enabled.
  func isVersioned(_ bucket: String) throws(StoreError) -> Bool
}
