public import Core
public import Foundation
internal import GRDB

/// What is kept of a job.
public struct JobRecord: Hashable, Sendable {
  /// Where a job stands.
  public enum State: String, Sendable, CaseIterable {
    /// Waits to be taken, at `dueAt` at the earliest.
    case queued
    /// Somebody's until `dueAt`, unless renewed.
    case leased
    /// A dead letter: it failed for good, until a person retries it.
    case failed
  }

  /// What it does.
  public let kind: JobKind
  /// The file.
  public let file: FileID
  /// Where it stands.
  public let state: State
  /// When it may be taken: of a leased one, when its lease runs out.
  public let dueAt: Date
  /// Whether an event came while it was leased, so that it runs again.
  public let runsAgain: Bool
  /// How often it was taken.
  public let attempts: Int
  /// How often it was given back as a failure.
  public let failures: Int
  /// What was said when it was last given back.
  public let lastError: String?
  /// When it was stored.
  public let createdAt: Date

  /// Whether another holds it at `now`.
  public func isHeld(at now: Date) -> Bool { state == .leased && dueAt > now }

  init(_ row: Row) throws {
    kind = try row.value("kind") { JobKind(rawValue: $0) }
    file = try row.value("file_id") { FileID($0) }
    state = try row.value("state") { State(rawValue: $0) }
    dueAt = try row.date("due_at")
    runsAgain = try row.integer("again") == 1
    attempts = try Int(row.integer("attempts"))
    failures = try Int(row.integer("failures"))
    lastError = try row.optionalText("last_error")
    createdAt = try row.date("created_at")
  }
}

extension FileDatabase {
  /// The job of this kind that `file` has, or nil.
  public func job(_ kind: JobKind, of file: FileID) throws(StorageError) -> JobRecord? {
    try read { connection in
      try connection.first(JobStatement.find, ["kind": kind.rawValue, "file": file.description]).map(JobRecord.init)
    }
  }
}
