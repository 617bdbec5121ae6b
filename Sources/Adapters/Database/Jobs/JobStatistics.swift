public import Core
public import Foundation
internal import GRDB

/// How the jobs of one kind stand at a moment.
public struct JobStatistics: Hashable, Sendable {
  /// Jobs that wait, due or not.
  public let queued: Int
  /// Jobs that somebody took, those counted whose lease ran out.
  public let leased: Int
  /// Jobs whose lease ran out and that nobody took over yet.
  public let runOut: Int
  /// Failed jobs: dead letters.
  public let failed: Int
  /// Jobs that were given back and wait for another try.
  public let postponed: Int
  /// When the oldest of the postponed was stored.
  public let oldestPostponed: Date?
  /// Since when the oldest job that could be taken has been due.
  public let oldestDue: Date?
}

extension FileDatabase {
  /// How the jobs of `kind` stand.
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
