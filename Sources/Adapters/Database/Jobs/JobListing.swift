public import Core
internal import Foundation

/// A job in a listing, with facts about its file.
public struct JobListing: Hashable, Sendable {
  /// The job.
  public let job: JobRecord
  /// The owner of the file.
  public let user: UserID
  /// The state of the file.
  public let fileState: FileState

  init(_ row: any Row) throws {
    job = try JobRecord(row)
    user = try row.value("user_id") { UserID($0) }
    fileState = try row.value("file_state") { FileState(rawValue: $0) }
  }
}

/// A filter of jobs by kind and state; without both it selects all jobs.
public struct JobFilter: Hashable, Sendable {
  /// The state of a job in the terms of an administrator.
  public enum State: String, Sendable, CaseIterable {
    /// The job waits for a worker; this includes postponed jobs.
    case queued
    /// A worker has claimed the job; this includes jobs whose lease has ended.
    case leased
    /// The job failed permanently (a dead letter), until a person retries it.
    case failed
    /// A worker gave the job back at least once, and it waits for the next attempt.
    case postponed
  }

  /// The kind of the jobs, or nil for any kind.
  public var kind: JobKind?
  /// The state of the jobs, or nil for any state.
  public var state: State?

  /// Selects the jobs of this kind in this state; nil selects any.
  public init(kind: JobKind? = nil, state: State? = nil) {
    self.kind = kind
    self.state = state
  }

  var parameters: Parameters { ["kind": kind?.rawValue ?? "", "state": state?.rawValue ?? ""] }
}

extension FileDatabase {
  /// Returns the jobs that match `filter`, ordered by the time at which they are due.
  ///
  /// The next page starts after the last job of this page. A page shorter than `limit` is the last page.
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

  /// Returns the number of jobs that match `filter`.
  public func jobCount(_ filter: JobFilter = JobFilter()) throws(StorageError) -> Int {
    try read { connection in
      try connection.first(JobStatement.count, filter.parameters).map { try Int($0.integer("found")) } ?? 0
    }
  }

  /// Returns the jobs of `file`, of all kinds.
  public func jobs(of file: FileID) throws(StorageError) -> [JobRecord] {
    try read { connection in
      try JobKind.allCases.compactMap { kind in
        try connection.first(JobStatement.find, ["kind": kind.rawValue, "file": file.description]).map(JobRecord.init)
      }
    }
  }
}
