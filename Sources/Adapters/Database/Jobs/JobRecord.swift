public import Core
public import Foundation

/// The database record of a job.
public struct JobRecord: Hashable, Sendable {
  /// The state of a job.
  public enum State: String, Sendable, CaseIterable {
    /// The job waits for a worker, until `dueAt` at least.
    case queued
    /// A worker has claimed the job until `dueAt`, unless it renews the lease.
    case leased
    /// The job failed permanently (a dead letter), until a person retries it.
    case failed
  }

  /// The kind of the job.
  public let kind: JobKind
  /// The identifier of the file.
  public let file: FileID
  /// The state of the job.
  public let state: State
  /// The earliest time at which a worker may claim the job; for a leased job, the end of the lease.
  public let dueAt: Date
  /// True if the job was enqueued during the lease, so that it runs again.
  public let runsAgain: Bool
  /// The number of times that a worker claimed the job.
  public let attempts: Int
  /// The number of times that a worker gave the job back as failed.
  public let failures: Int
  /// The error message of the last time that a worker gave the job back.
  public let lastError: String?
  /// The time at which the job was stored.
  public let createdAt: Date

  /// Returns true if the job is under a valid lease at `now`.
  public func isHeld(at now: Date) -> Bool { state == .leased && dueAt > now }

  init(_ row: any Row) throws {
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
  /// Returns the job of this kind for `file`, or nil.
  public func job(_ kind: JobKind, of file: FileID) throws(StorageError) -> JobRecord? {
    try read { connection in
      try connection.first(JobStatement.find, ["kind": kind.rawValue, "file": file.description]).map(JobRecord.init)
    }
  }
}
