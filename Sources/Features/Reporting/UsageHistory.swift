import Core
import Database
public import Foundation

/// The contents of the buckets by day, as the dashboard's JSON shows it.
public struct UsageHistory: Sendable, Encodable {
  /// The last whole collection of usage.
  public struct Collection: Sendable, Encodable {
    /// The time at which it began.
    public let beganAt: Date
    /// The time at which it ended.
    public let endedAt: Date
    /// The seconds of work.
    public let seconds: Double
    /// The number of objects, versions, delete markers and incomplete uploads.
    public let objects: Int64
    /// The bytes of all of them.
    public let bytes: Int64

    init?(_ collection: UsageCollection) {
      guard let ended = collection.endedAt else { return nil }
      beganAt = collection.beganAt
      endedAt = ended
      seconds = collection.workedSeconds
      objects = collection.entries
      bytes = collection.bytes
    }
  }

  /// The objects of one bucket, storage class and kind on one day.
  public struct Day: Sendable, Encodable {
    /// The day (UTC), such as `2026-11-30`.
    public let day: String
    /// `raw`, `processed`, `backups` or `logs`.
    public let bucket: String
    /// The storage class as the store names it.
    public let storageClass: String
    /// The kind of the objects, as `stowage usage show` names it.
    public let kind: String
    /// The number of objects.
    public let objects: Int64
    /// The bytes of all of them.
    public let bytes: Int64
  }

  /// The last whole collection; nil before the first.
  public let collection: Collection?
  /// The history; a day without a collection has no elements.
  public let days: [Day]

  init(_ status: UsageStatus, _ days: [UsageDay]) {
    collection = status.latest.flatMap(Collection.init)
    self.days = days.map { day in
      Day(
        day: dayText(day.day),
        bucket: day.count.bucket.rawValue,
        storageClass: day.count.storageClass,
        kind: day.count.kind.rawValue,
        objects: day.count.objects,
        bytes: day.count.bytes
      )
    }
  }
}

/// Returns a day as a date, such as `2026-11-30`.
func dayText(_ daysSince1970: Int) -> String { CalendarDay(number: daysSince1970).description }
