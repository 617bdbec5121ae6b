/// The number and the size of the stored objects of one bucket, storage class, user and kind.
public struct StoredCount: Equatable, Sendable {
  /// The largest size, in bytes, that an object can have: 50 TiB, which is above the limit of every known store.
  ///
  /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
  public static let largestObject: Int64 = 50 << 40
  /// The number of bytes or objects that a collection stays below: 2^56, so that no sum over counts overflows.
  public static let limit: Int64 = 1 << 56

  /// The bucket.
  public let bucket: BucketRole
  /// The storage class as the store names it, such as `STANDARD` or `GLACIER`.
  public let storageClass: String
  /// The user to whom the objects belong; nil for backups, logs and unknown keys without a user.
  public let user: UserID?
  /// The kind of the objects.
  public let kind: StoredKind
  /// The number of objects, delete markers or uploads.
  public var objects: Int64
  /// The bytes of all of them together.
  public var bytes: Int64

  /// Creates a count.
  public init(
    bucket: BucketRole,
    storageClass: String,
    user: UserID?,
    kind: StoredKind,
    objects: Int64,
    bytes: Int64
  ) {
    self.bucket = bucket
    self.storageClass = storageClass
    self.user = user
    self.kind = kind
    self.objects = objects
    self.bytes = bytes
  }
}
