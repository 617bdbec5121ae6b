public import Core
public import Database
public import Foundation

/// The stored bytes by bucket, storage class, user or kind, for people and programs.
public struct UsageReport: Sendable {
  /// The subject of the rows.
  public enum Grouping: String, CaseIterable, Sendable { case bucket, `class`, user, kind }

  /// A row.
  public struct Row: Hashable, Sendable {
    /// The day as `2027-03-14`; nil in a report about the last collection.
    public let day: String?
    /// The bucket, class, user or kind.
    public let name: String
    /// The number of objects, versions, delete markers and incomplete uploads.
    public let objects: Int64
    /// The bytes of all of them.
    public let bytes: Int64
  }

  /// The subject of the rows.
  public let grouping: Grouping
  /// The rows: by day, and then the largest first.
  public let rows: [Row]
  /// The sum of all rows, and of what has no row; nil in a report about several days.
  public let total: Row?
  /// The objects that have no row: of further users, and without a user; nil for none.
  public let rest: Row?

  /// Creates a report about the last whole collection; names at most `limit` users.
  public init(by grouping: Grouping, of database: FileDatabase, buckets: BucketNames, limit: Int) throws(StorageError) {
    self.grouping = grouping
    let counts = try database.usageCounts()
    let total = Row(day: nil, name: "total", objects: counts.sum(\.objects), bytes: counts.sum(\.bytes))
    if grouping == .user {
      rows = try database.usageOfUsers(largest: limit).map { usage in
        Row(day: nil, name: usage.user.description, objects: usage.objects, bytes: usage.bytes)
      }
    } else {
      rows = Self.rows(counts, by: grouping, day: nil, buckets)
    }
    let rest = Row(
      day: nil,
      name: "others",
      objects: total.objects - rows.sum(\.objects),
      bytes: total.bytes - rows.sum(\.bytes)
    )
    self.rest = rest.objects == 0 ? nil : rest
    self.total = counts.isEmpty ? nil : total
  }

  /// Creates a report about the collections of the last `days` days up to `now`; `grouping` is not `user`.
  public init(
    by grouping: Grouping,
    of database: FileDatabase,
    buckets: BucketNames,
    days: Int,
    until now: Date
  ) throws(StorageError) {
    let today = now.day
    let records = try database.usageDays(from: today - days + 1, to: today)
    (self.grouping, total, rest) = (grouping, nil, nil)
    rows = Dictionary(grouping: records, by: \.day).sorted { $0.key < $1.key }.flatMap { day, records in
      Self.rows(records.map(\.count), by: grouping, day: Self.text(ofDay: day), buckets)
    }
  }

  private static func rows(
    _ counts: [StoredCount],
    by grouping: Grouping,
    day: String?,
    _ buckets: BucketNames
  ) -> [Row] {
    let groups = Dictionary(grouping: counts) { count in
      switch grouping {
      case .bucket: count.bucket.name(in: buckets)
      case .class: count.storageClass
      case .kind: count.kind.rawValue
      case .user: count.user?.description ?? ""
      }
    }
    return groups.map { name, counts in
      Row(day: day, name: name, objects: counts.sum(\.objects), bytes: counts.sum(\.bytes))
    }.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
  }

  /// Returns a day since 1970 as `2027-03-14`.
  static func text(ofDay day: Int) -> String {
    Date(timeIntervalSince1970: TimeInterval(day) * 86_400).formatted(.iso8601.year().month().day())
  }
}

extension Sequence {
  /// Returns the sum of a property; it ends at the largest number.
  fileprivate func sum(_ property: (Element) -> Int64) -> Int64 {
    reduce(0) { sum, element in
      let (result, isOver) = sum.addingReportingOverflow(property(element))
      return isOver ? .max : result
    }
  }
}
