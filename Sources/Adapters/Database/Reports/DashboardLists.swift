public import Core
public import Foundation

/// A job with the name of its file.
public struct NamedJob: Hashable, Sendable {
  /// The job and its file's owner and state.
  public let listing: JobListing
  /// The name of the file, as its owner gave it.
  public let filename: String

  init(_ row: any Row) throws {
    listing = try JobListing(row)
    filename = try row.text("filename")
  }
}

/// The jobs of one kind and state that were stored in the same span of time.
public struct QueueShare: Hashable, Sendable {
  /// How long ago a job was stored.
  public enum Age: Int, CaseIterable, Sendable {
    /// At most a minute.
    case minute
    /// More than a minute, at most an hour.
    case hour
    /// More than an hour, at most a day.
    case day
    /// More than a day.
    case older
  }

  /// The kind of the jobs.
  public let kind: JobKind
  /// The state of the jobs.
  public let state: JobRecord.State
  /// The age of the jobs.
  public let age: Age
  /// The number of jobs.
  public let count: Int64
  /// The time at which the oldest of them was stored.
  public let oldest: Date
}

extension FileDatabase {
  /// Returns users by the bytes that their files take, the largest first.
  ///
  /// The next page starts behind the last user of this page. A page shorter than `limit` is the last page.
  public func largestUsers(
    after last: (usedBytes: Int64, user: UserID)? = nil,
    limit: Int
  ) throws(StorageError) -> [UserRecord] {
    let (used, after) = (last?.usedBytes ?? Int64.max, last?.user.description ?? "")
    return try read { connection in
      try connection.run(ReportStatement.largestUsers, ["used": used, "after": after, "limit": limit])
        .map(UserRecord.init)
    }
  }

  /// Returns permanently failed jobs, the last failure first.
  ///
  /// The next page starts behind the last job of this page. A page shorter than `limit` is the last page.
  public func failedJobs(
    after last: (failedAt: Date, kind: JobKind, file: FileID)? = nil,
    limit: Int
  ) throws(StorageError) -> [NamedJob] {
    let place: Parameters = [
      "due": last?.failedAt.milliseconds ?? Int64.max, "after_kind": last?.kind.rawValue ?? "",
      "after": last?.file.description ?? "", "limit": limit,
    ]
    return try read { connection in try connection.run(ReportStatement.failedJobs, place).map(NamedJob.init) }
  }

  /// Returns the invalidations of caches that are under way, the next ones first.
  public func purges(limit: Int) throws(StorageError) -> [NamedJob] {
    try read { connection in try connection.run(ReportStatement.purges, ["limit": limit]).map(NamedJob.init) }
  }

  /// Returns the numbers of jobs by kind, state and age; reads the whole table of jobs.
  public func queue(at now: Date) throws(StorageError) -> [QueueShare] {
    let bounds: Parameters = [
      "minute": (now - 60).milliseconds, "hour": (now - 3600).milliseconds, "day": (now - 86_400).milliseconds,
    ]
    return try read { connection in
      try connection.run(ReportStatement.queue, bounds).map { row in
        guard let age = QueueShare.Age(rawValue: Int(try row.integer("age"))) else {
          throw DatabaseError.unexpected(detail: "an age of jobs that nobody asked for")
        }
        return try QueueShare(
          kind: row.value("kind") { JobKind(rawValue: $0) },
          state: row.value("state") { JobRecord.State(rawValue: $0) },
          age: age,
          count: row.integer("found"),
          oldest: row.date("oldest")
        )
      }
    }
  }
}
