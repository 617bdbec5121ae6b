import Core
public import Database
public import Foundation

/// The open work by kind, state and age, as the dashboard's JSON shows it.
public struct QueueDescription: Sendable, Encodable {
  /// The jobs of one kind and state that were stored in the same span of time.
  public struct Row: Sendable, Encodable {
    /// `process`, `render` or `purge`.
    public let kind: String
    /// `queued`, `leased` or `failed`.
    public let state: String
    /// `minute`, `hour`, `day` or `older`: how long ago the jobs were stored, at most.
    public let age: String
    /// The number of jobs.
    public let count: Int64
    /// The time at which the oldest of them was stored.
    public let oldestAt: Date
  }

  /// The numbers; a kind, state and age without jobs is missing.
  public let rows: [Row]

  /// Describes `shares`.
  public init(_ shares: [QueueShare]) {
    rows = shares.map { share in
      Row(
        kind: share.kind.rawValue,
        state: share.state.rawValue,
        age: "\(share.age)",
        count: share.count,
        oldestAt: share.oldest
      )
    }
  }

  /// Returns the number of jobs in `state`.
  func count(_ state: JobRecord.State) -> Int64 {
    rows.filter { $0.state == state.rawValue }.reduce(0) { $0 + $1.count }
  }
}

/// A job as the dashboard's JSON shows it.
public struct JobDescription: Sendable, Encodable {
  /// `process`, `render` or `purge`.
  public let kind: String
  /// The identifier of the file.
  public let fileId: String
  /// The name of the file, as its owner gave it.
  public let filename: String
  /// The owner of the file.
  public let user: String
  /// The state of the file.
  public let fileState: String
  /// `queued`, `leased` or `failed`.
  public let state: String
  /// The time at which the job was stored.
  public let createdAt: Date
  /// For a failed job the time of the failure; for others the time at which a worker may take it, or the end of its lease.
  public let dueAt: Date
  /// The number of times that a worker took the job.
  public let attempts: Int
  /// The last error, in one printable line; nil if there was none.
  public let error: String?

  /// Describes `job`.
  public init(_ job: NamedJob) {
    let record = job.listing.job
    kind = record.kind.rawValue
    fileId = record.file.description
    filename = job.filename
    user = job.listing.user.description
    fileState = job.listing.fileState.rawValue
    state = record.state.rawValue
    createdAt = record.createdAt
    dueAt = record.dueAt
    attempts = record.attempts
    error = record.lastError.map(Wording.printable)
  }
}
