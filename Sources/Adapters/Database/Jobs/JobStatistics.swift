public import Core
public import Foundation

/// The numbers of jobs of one kind at one time.
public struct JobStatistics: Hashable, Sendable {
  /// The number of waiting jobs, due or not.
  public let queued: Int
  /// The number of claimed jobs, including those whose lease has ended.
  public let leased: Int
  /// The number of jobs whose lease has ended and that no other worker has claimed yet.
  public let runOut: Int
  /// The number of permanently failed jobs (dead letters).
  public let failed: Int
  /// The number of jobs that a worker gave back and that wait for another attempt.
  public let postponed: Int
  /// The time at which the oldest postponed job was stored.
  public let oldestPostponed: Date?
  /// The due time of the oldest job that a worker could claim now; migrated files do not count, since they may wait.
  public let oldestDue: Date?
}

extension FileDatabase {
  /// Returns the numbers of jobs of `kind` at `now`.
  public func jobStatistics(
    _ kind: JobKind = .process,
    at now: Date
  ) throws(StorageError) -> JobStatistics {
    try read { connection in
      let row = try connection.first(JobStatement.statistics, ["kind": kind.rawValue, "now": now.milliseconds])
      guard let row else { throw DatabaseError.unexpected(detail: "no job statistics") }
      return try JobStatistics(
        queued: Int(row.integer("queued")),
        leased: Int(row.integer("leased")),
        runOut: Int(row.integer("run_out")),
        failed: Int(row.integer("failed")),
        postponed: Int(row.integer("postponed")),
        oldestPostponed: row.optionalDate("oldest_postponed"),
        oldestDue: row.optionalDate("oldest_due")
      )
    }
  }
}
