internal import Core
public import Foundation
internal import GRDB

/// One run of a migration.
public struct LedgerRun: Hashable, Sendable {
  /// The number of the run.
  public let id: Int64
  /// The command, such as `run` or `delta`.
  public let kind: String
  /// The options of the command, as JSON.
  public let options: String
  /// The version of Stowage.
  public let version: String
  /// The start of the run.
  public let startedAt: Date
  /// The end of the run; nil if it is under way or was killed.
  public let endedAt: Date?
  /// The outcome in one word; nil if the run has not ended.
  public let outcome: String?

  init(_ row: any Row) throws {
    id = try row.integer("id")
    kind = try row.text("kind")
    options = try row.text("options")
    version = try row.text("version")
    startedAt = try row.date("started_at")
    endedAt = try row.optionalDate("ended_at")
    outcome = try row.optionalText("outcome")
  }
}

/// The number and the bytes of files.
public struct LedgerTotal: Hashable, Sendable, Encodable {
  /// The number of files.
  public var files: Int
  /// The sum of their lengths in bytes.
  public var bytes: Int64

  /// Creates a total, by default of no files.
  public init(files: Int = 0, bytes: Int64 = 0) {
    self.files = files
    self.bytes = bytes
  }
}

/// The number of requests that sending the unfinished files takes.
public struct LedgerRequests: Hashable, Sendable, Encodable {
  /// The files that are sent in one request.
  public let single: Int
  /// The files that are sent in parts.
  public let multiparts: Int
  /// The parts of all files that are sent in parts.
  public let parts: Int

  /// The requests to the store: a file in parts needs one more at its start and one more at its end.
  public var count: Int { single + parts + 2 * multiparts }
}

/// A choice of a run that later runs compare with theirs.
public enum LedgerChoice: String, Sendable {
  /// The rule that finds the owners of files.
  case owners
  /// The visibility of new files.
  case visibility
}

extension MigrationLedger {
  /// Returns the choice of the last run; nil if no run has recorded one.
  public func last(_ choice: LedgerChoice) throws(LedgerError) -> String? {
    try read { connection in try connection.first(LedgerStatement.choice, ["name": choice.rawValue])?.text("value") }
  }

  /// Records a choice, durably.
  public func record(_ choice: LedgerChoice, _ value: String) throws(LedgerError) {
    try commit { connection in
      _ = try connection.run(LedgerStatement.choose, ["name": choice.rawValue, "value": value])
    }
  }

  /// Records the start of a run and returns its number.
  public func beginRun(_ kind: String, options: String, at now: Date) throws(LedgerError) -> Int64 {
    try commit { connection in
      let row = try connection.first(
        LedgerStatement.beginRun,
        ["kind": kind, "options": options, "version": Version.current, "now": now.milliseconds]
      )
      return try row?.integer("id") ?? 0
    }
  }

  /// Records the end of a run.
  public func endRun(_ run: Int64, outcome: String, at now: Date) throws(LedgerError) {
    try commit { connection in
      _ = try connection.run(LedgerStatement.endRun, ["run": run, "outcome": outcome, "now": now.milliseconds])
    }
  }

  /// Returns the last `limit` runs, the newest first.
  public func runs(limit: Int = 100) throws(LedgerError) -> [LedgerRun] {
    try read { connection in try connection.run(LedgerStatement.runs, ["limit": limit]).map(LedgerRun.init) }
  }

  /// Returns the number and the bytes of the files in each state, without counting rows.
  public func totals() throws(LedgerError) -> [LedgerState: LedgerTotal] {
    try read { connection in
      var totals: [LedgerState: LedgerTotal] = [:]
      for row in try connection.run(LedgerStatement.totals, [:]) {
        let state = try row.value("state") { LedgerState(rawValue: $0) }
        totals[state] = try LedgerTotal(files: Int(row.integer("files")), bytes: row.integer("bytes"))
      }
      return totals
    }
  }

  /// Returns the number of requests for the unfinished files, with parts of `partSize` bytes from `threshold` bytes on.
  public func requests(threshold: Int64, partSize: Int64) throws(LedgerError) -> LedgerRequests {
    try read { connection in
      let row = try connection.first(
        LedgerStatement.requests,
        ["threshold": threshold, "part_size": max(1, partSize)]
      )
      return try LedgerRequests(
        single: Int(row?.integer("single") ?? 0),
        multiparts: Int(row?.integer("multiparts") ?? 0),
        parts: Int(row?.integer("parts") ?? 0)
      )
    }
  }
}
