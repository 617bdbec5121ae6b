/// The stored objects of one bucket, storage class and kind whose age counts from the same day.
///
/// A forecast applies lifecycle rules to cohorts. They know nothing about single objects and users, so their number does not grow with
/// the bucket.
public struct StoredCohort: Equatable, Sendable {
  /// The largest size, in bytes, of a small object: below 128 KB, storage classes for infrequent access charge for 128 KB.
  ///
  /// Source: <https://aws.amazon.com/s3/pricing/>
  public static let smallBelow: Int64 = 131_072

  /// The bucket.
  public let bucket: BucketRole
  /// The storage class as the store names it.
  public let storageClass: String
  /// The kind of the objects.
  public let kind: StoredKind
  /// True for objects with the tag by which a lifecycle rule deletes the files of standard users.
  public let isTagged: Bool
  /// The day from which the age counts, in days since 1970 (UTC).
  ///
  /// It is the day of the upload; for noncurrent versions, the day on which they became noncurrent; for incomplete
  /// uploads, the day on which they began.
  public let day: Int
  /// The number of objects.
  public var objects: Int64
  /// The bytes of all objects together.
  public var bytes: Int64
  /// The number of objects smaller than `smallBelow`.
  public var smallObjects: Int64
  /// The bytes of the objects smaller than `smallBelow`.
  public var smallBytes: Int64

  /// Creates a cohort.
  public init(
    bucket: BucketRole,
    storageClass: String,
    kind: StoredKind,
    isTagged: Bool,
    day: Int,
    objects: Int64,
    bytes: Int64,
    smallObjects: Int64,
    smallBytes: Int64
  ) {
    self.bucket = bucket
    self.storageClass = storageClass
    self.kind = kind
    self.isTagged = isTagged
    self.day = day
    self.objects = objects
    self.bytes = bytes
    self.smallObjects = smallObjects
    self.smallBytes = smallBytes
  }
}
