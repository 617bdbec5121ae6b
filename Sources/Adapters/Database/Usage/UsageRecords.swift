public import Core
public import Foundation

/// A collection of usage: a count of everything that is in the buckets.
public struct UsageCollection: Hashable, Sendable {
  /// The number of the collection; later collections have higher numbers.
  public let generation: Int64
  /// The time at which the collection began; its numbers belong to this day (UTC).
  public let beganAt: Date
  /// The time at which the collection ended; nil while it is under way, and if it failed.
  public let endedAt: Date?
  /// The number of objects, versions, delete markers and incomplete uploads seen so far.
  public let entries: Int64
  /// The bytes seen so far.
  public let bytes: Int64
  /// The number of requests to the store so far.
  public let requests: Int64
  /// The seconds of work so far, without pauses and interruptions.
  public let workedSeconds: Double
  /// The reason why the collection was given up; nil if it was not.
  public let failure: String?

  init(_ row: any Row) throws {
    generation = try row.integer("generation")
    beganAt = try row.date("began_at")
    endedAt = try row.optionalDate("ended_at")
    entries = try row.count("entries")
    bytes = try row.count("bytes")
    requests = try row.integer("requests")
    workedSeconds = try Double(row.integer("worked_ms")) / 1000
    failure = try row.optionalText("failure")
  }
}

/// The state of the collection of usage.
public struct UsageStatus: Hashable, Sendable {
  /// The last whole collection, which all numbers come from; nil before the first one.
  public let latest: UsageCollection?
  /// The collection under way, which also may have been interrupted; nil for none.
  public let underWay: UsageCollection?
  /// The process that works on it now; nil if no process does.
  public let holder: UsageHolder?
  /// The newest collection, if it was given up.
  public let failed: UsageCollection?
}

/// The process that works on a collection.
public struct UsageHolder: Hashable, Sendable {
  /// The name of the process and its node.
  public let name: String
  /// The time until which no other process can take the collection over, unless the holder renews it.
  public let until: Date

  /// Creates the description of a holder.
  public init(name: String, until: Date) { (self.name, self.until) = (name, until) }
}

/// The stored bytes of a day.
public struct UsageDay: Equatable, Sendable {
  /// The day on which the collection began, in days since 1970 (UTC).
  public let day: Int
  /// The objects of one bucket, storage class and kind of all users.
  public let count: StoredCount
}

/// The stored bytes of a user.
public struct UserUsage: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// The number of objects, versions, delete markers and incomplete uploads.
  public let objects: Int64
  /// The bytes of all of them together.
  public let bytes: Int64
}

/// The stored bytes of a user from a day on, until the next such record.
public struct UserUsageDay: Hashable, Sendable {
  /// The day, in days since 1970 (UTC).
  public let day: Int
  /// The number of objects, versions, delete markers and incomplete uploads.
  public let objects: Int64
  /// The bytes of all of them together.
  public let bytes: Int64
}

extension StoredCount {
  init(_ row: any Row, user: UserID? = nil) throws {
    try self.init(
      bucket: row.value("bucket") { BucketRole(rawValue: $0) },
      storageClass: row.text("storage_class"),
      user: user,
      kind: row.value("kind") { StoredKind(rawValue: $0) },
      objects: row.count("objects"),
      bytes: row.count("bytes")
    )
  }
}

extension StoredCohort {
  init(_ row: any Row) throws {
    try self.init(
      bucket: row.value("bucket") { BucketRole(rawValue: $0) },
      storageClass: row.text("storage_class"),
      kind: row.value("kind") { StoredKind(rawValue: $0) },
      isTagged: row.integer("is_tagged") == 1,
      day: Int(row.integer("day")),
      objects: row.count("objects"),
      bytes: row.count("bytes"),
      smallObjects: row.count("small_objects"),
      smallBytes: row.count("small_bytes")
    )
  }
}
