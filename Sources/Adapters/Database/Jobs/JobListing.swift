public import Core
internal import Foundation
internal import GRDB

/// A job as a listing shows it, with what matters of its file.
public struct JobListing: Hashable, Sendable {
  /// The job.
  public let job: JobRecord
  /// The file's owner.
  public let user: UserID
  /// Where the file stands.
  public let fileState: FileState

  init(_ row: Row) throws {
    job = try JobRecord(row)
    user = try row.value("user_id") { UserID($0) }
    fileState = try row.value("file_state") { FileState(rawValue: $0) }
  }
}

/// Which jobs are meant; without a kind and a state, all.
public struct JobFilter: Hashable, Sendable {
  /// Where a job stands, as an administrator asks.
  public enum State: String, Sendable, CaseIterable {
    /// Waits to be taken, the postponed ones included.
    case queued
    /// Somebody's, or left by somebody whose lease ran out.
    case leased
    /// A dead letter: it failed for good, until a person retries it.
    case failed
    /// Was given back at least once, and waits to be taken again.
    case postponed
  }

  /// What it does.
  public var kind: JobKind?
  /// Where it stands.
  public var state: State?

  /// The jobs of this kind in this state; nil for any.
  public init(kind: JobKind? = nil, state: State? = nil) {
    self.kind = kind
    self.state = state
  }

  var parameters: Parameters { ["kind": kind?.rawValue ?? "", "state": state?.rawValue ?? ""] }
}

extension FileDatabase {
  /// The jobs that `filter` lets through, ordered by when they are due.
  ///
  /// The next page begins after the last of this one; it is the last when it is shorter than `limit`.
  public func jobs(
    _ filter: JobFilter = JobFilter(),
    after last: JobRecord? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [JobListing] {
    try read { connection in
      let place: Parameters = [
        "due": last?.dueAt.milliseconds ?? -1, "after_kind": last?.kind.rawValue ?? "",
        "after": last?.file.description ?? "", "limit": limit,
      ]
      return try connection.run(JobStatement.list, filter.parameters.merging(place) { given, _ in given })
        .map(JobListing.init)
    }
  }

  /// How many jobs `filter` lets through.
  public func jobCount(_ filter: JobFilter = JobFilter()) throws(StorageError) -> Int {
    try read { connection in
      try connection.first(JobStatement.count, filter.parameters).map { try Int($0.integer("found")) } ?? 0
    }
  }

  /// Every job that `file` has, of whatever kind.
  public func jobs(of file: FileID) throws(StorageError) -> [JobRecord] {
    try read { connection in
      try JobKind.allCases.compactMap { kind in
        try connection.first(JobStatement.find, ["kind": kind.rawValue, "file": file.description]).map(JobRecord.init)
      }
    }
  }
}
