/// A store of objects in buckets, as S3 speaks of them; calls block, and any thread may make them.
///
/// Keys are 1 to 1,024 bytes of UTF-8 without the segments `.` and `..`, which servers resolve differently. A call that
/// changes something may be repeated after its answer was lost; each says what such a repetition can meet.
public protocol ObjectStore: Sendable {
  /// Stores an object, over or (in a versioned bucket) above what the key held.
  ///
  /// Throws `preconditionFailed` where `options.ifNoneMatch` is set and the key is taken, or `options.ifMatch` and the
  /// key holds another object or none; `integrity` where the bytes do not have `options.sha256`. A put that is repeated
  /// after its answer was lost may meet its own first attempt.
  func put(_ body: ObjectBody, to key: String, in bucket: String, options: PutOptions) throws(StoreError) -> PutResult

  /// Hands the object's bytes to `sink` in order, and returns only after as many as were announced.
  ///
  /// Throws `notFound` for an unknown key or version and for a deleted key, `invalidRange` where the range holds no byte
  /// of the object, `preconditionFailed` where it is not the one of `condition`, and whatever `sink` throws. Bytes
  /// handed over before an error are genuine but not all.
  func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome

  /// What is known of an object; `notFound` also where the bucket does not exist.
  func head(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    condition: ReadCondition?
  ) throws(StoreError) -> ReadOutcome

  /// Deletes one version for good, or, without a version, the object: in a versioned bucket by a delete marker.
  ///
  /// Deleting what is not there succeeds.
  func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Deletes up to 1,000 objects and versions in one call, each as `delete` does, and returns those that remain.
  ///
  /// Throws where it is not known what was done, and `invalidRequest` for more than 1,000. What the answer does not
  /// mention is returned as `unexpected`. A repetition leaves a second delete marker where no version is named.
  func deleteAll(_ objects: [ObjectReference], in bucket: String) throws(StoreError) -> [DeletionFailure]

  /// Makes a copy inside the store, of up to 5 GB; `replacement` replaces content type, cache control and metadata, nil
  /// keeps them. Tags are copied.
  ///
  /// Throws `notFound` where there is no such source, `preconditionFailed` where its tag is not `source.ifMatch`. A copy
  /// that is repeated after its answer was lost leaves two equal versions in a versioned bucket.
  func copy(
    _ source: CopySource,
    to key: String,
    in bucket: String,
    replacement: PutOptions?
  ) throws(StoreError) -> PutResult

  /// The tags of an object or a version.
  func tags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) -> [String: String]

  /// Replaces all tags of an object or a version; `checkTags` says what tags may be.
  func setTags(_ tags: [String: String], of key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Removes all tags of an object or a version.
  func removeTags(of key: String, in bucket: String, version: VersionID?) throws(StoreError)

  /// Begins an upload in parts; `options` describes the object to be, and holds neither checksum nor condition.
  ///
  /// `hasPartChecksums` announces that every part comes with its SHA-256. A repetition after a lost answer leaves a
  /// second upload behind, which only `listMultipartUploads` or a lifecycle rule finds.
  func createMultipartUpload(
    _ key: String,
    in bucket: String,
    options: PutOptions,
    hasPartChecksums: Bool
  ) throws(StoreError) -> UploadID

  /// Stores a part, over one of the same number; every part but the last has at least 5 MB.
  ///
  /// Throws `notFound` where there is no such upload, `integrity` where the bytes do not have `sha256`, which belongs to
  /// uploads with `hasPartChecksums`. Repeating it changes nothing.
  func uploadPart(
    _ body: ObjectBody,
    number: Int,
    to key: String,
    in bucket: String,
    upload: UploadID,
    sha256: [UInt8]?
  ) throws(StoreError) -> CompletedPart

  /// The parts that an upload has, by number; at most `limit` (1 to 1,000). `notFound` where there is no such upload.
  ///
  /// `token` is the `next` of the page before, nil for the first.
  func listParts(
    of upload: UploadID,
    to key: String,
    in bucket: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<PartSummary>

  /// Uploads under way whose keys begin with `prefix`; at most `limit` (1 to 1,000).
  ///
  /// `token` is the `next` of the page before, nil for the first.
  func listMultipartUploads(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<UploadSummary>

  /// Makes the object of the parts named, and drops the others.
  ///
  /// A completion may be repeated: where the upload is gone and the key holds just the object that these parts make, the
  /// answer is that object's. Where tags cannot tell that, `size` does, the bytes that the parts come to; nil where that is
  /// not known. Throws `notFound` where the upload is gone and the key holds something else or nothing,
  /// `preconditionFailed` where `ifNoneMatch` is set and the key is taken (which a repetition may meet as its own first
  /// attempt; the upload then stays until it is aborted), and `invalidRequest` with `InvalidPart` or `EntityTooSmall`.
  func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    size: Int64?,
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult

  /// Ends an upload and drops its parts; succeeds where there is no such upload (any more).
  ///
  /// A part that is on its way meanwhile may be stored afterwards: abort again until `listParts` throws `notFound`.
  func abortMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError)

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
