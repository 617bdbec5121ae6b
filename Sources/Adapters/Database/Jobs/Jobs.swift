public import Core
public import Foundation

/// The kind of work that a job does for a file.
public enum JobKind: String, Sendable, CaseIterable {
  /// Checks the object in the store and brings the file into the state that matches the object.
  case process
  /// Renders the variants of a ready file according to the current configuration.
  case render
  /// Removes the images of a file from the caches of every node, in several rounds.
  case purge
}

/// The proof of a lease: 128 random bits, new each time a worker claims the job.
public struct LeaseToken: Hashable, Sendable, CustomStringConvertible {
  /// The token as 32 hexadecimal digits.
  public let description: String

  init() {
    var generator = SystemRandomNumberGenerator()
    let halves: [UInt64] = [generator.next(), generator.next()]
    description = halves.map { half in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// A job that the caller has claimed, until the lease ends or the file is deleted.
public struct LeasedJob: Hashable, Sendable {
  /// The kind of the job.
  public let kind: JobKind
  /// The identifier of the file.
  public let file: FileID
  /// The owner of the file.
  public let user: UserID
  /// True if the job checks a migrated file, which comes after all uploads.
  public let isMigrated: Bool
  /// The proof of the caller's lease.
  public let token: LeaseToken
  /// The end of the lease, unless the caller renews it.
  public let leasedUntil: Date
  /// The number of times that a worker claimed the job, including this time.
  ///
  /// It exceeds `failures` + 1 if earlier workers died, or gave the job back without a failure.
  public let attempts: Int
  /// The number of times that a worker gave the job back as failed.
  public let failures: Int
  /// The error message of the last time that a worker gave the job back.
  public let lastError: String?
  /// The time at which the job was stored; for `purge`, the time of the last cache invalidation request.
  public let createdAt: Date

  /// The cost class of migrated files; `JobStatement` defines the classes.
  static let migratedCost: Int64 = 5

  var parameters: Parameters {
    ["kind": kind.rawValue, "file": file.description, "token": token.description]
  }
}

extension FileDatabase {
  /// Stores one job for each existing file of `files`, due after `delay` seconds, and returns these files.
  ///
  /// A file has at most one job of a kind. An existing job that is queued stays unchanged, a leased job runs again
  /// after the current run, and a failed job is queued again.
  public func enqueue(
    _ kind: JobKind = .process,
    for files: [FileID],
    at now: Date,
    delay: Double = 0
  ) throws(StorageError) -> Set<FileID> {
    try write { connection in
      try Set(
        files.filter { file in
          try connection.returnsRow(
            JobStatement.enqueue,
            [
              "kind": kind.rawValue, "file": file.description, "due": (now + delay).milliseconds,
              "now": now.milliseconds,
            ]
          )
        }
      )
    }
  }

  /// Claims the job of `file`, and creates it if there is none; nil if it cannot be claimed now.
  ///
  /// `job(_:of:)` shows the reason.
  public func leaseJob(
    _ kind: JobKind,
    of file: FileID,
    seconds: Double,
    at now: Date
  ) throws(StorageError) -> LeasedJob? {
    try write { connection in
      let job: Parameters = ["kind": kind.rawValue, "file": file.description, "now": now.milliseconds]
      try connection.run(JobStatement.make, job)
      return try connection.lease(kind, file, until: now + seconds, at: now)
    }
  }

  /// Returns the job with its lease extended to `seconds` after `now`; nil if the caller no longer has a valid lease.
  public func renew(_ job: LeasedJob, seconds: Double, at now: Date) throws(StorageError) -> LeasedJob? {
    let until = now + seconds
    let isMine = try write { connection in
      let times: Parameters = ["now": now.milliseconds, "until": until.milliseconds]
      return try connection.returnsRow(JobStatement.renew, job.parameters.merging(times) { given, _ in given })
    }
    return isMine ? job.leased(until: until) : nil
  }

  /// Gives the job back, due at `retry`; returns false if the caller had lost the lease.
  ///
  /// A failure of the file counts towards `failures`; an outage, such as a scanner that does not answer, does not
  /// count. If `isDear` is true, the next attempt comes after cheaper jobs.
  public func release(
    _ job: LeasedJob,
    retryAt retry: Date,
    countsAsFailure: Bool,
    isDear: Bool = false,
    error: String
  ) throws(StorageError) -> Bool {
    try write { connection in
      let outcome: Parameters = [
        "due": retry.milliseconds, "failed": countsAsFailure ? 1 : 0, "dear": isDear ? 1 : 0, "error": error,
      ]
      return try connection.returnsRow(JobStatement.release, job.parameters.merging(outcome) { given, _ in given })
    }
  }

  /// Gives the job back for its next round, due at `due`, or at once if the job was enqueued again during the lease.
  ///
  /// Returns false if the caller had lost the lease.
  public func continueJob(_ job: LeasedJob, due: Date, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      if try connection.repeatJob(job, at: now) { return true }
      let round: Parameters = ["due": due.milliseconds, "failed": 0, "dear": 0, "error": nil]
      return try connection.returnsRow(JobStatement.release, job.parameters.merging(round) { given, _ in given })
    }
  }

  /// Marks the job as permanently failed (a dead letter), or queues it again.
  ///
  /// The job is queued again if it was enqueued during the lease. A person can retry a failed job. Returns false if the
  /// caller had lost the lease.
  public func fail(_ job: LeasedJob, error: String, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let outcome: Parameters = ["now": now.milliseconds, "error": error]
      return try connection.returnsRow(JobStatement.fail, job.parameters.merging(outcome) { given, _ in given })
        || connection.repeatJob(job, at: now)
    }
  }

  /// Deletes the job, or queues the job again if it was enqueued during the lease.
  ///
  /// Returns false if the caller had lost the lease.
  public func finish(_ job: LeasedJob, at now: Date) throws(StorageError) -> Bool {
    try write { connection in try connection.endJob(job, at: now) }
  }
}

extension Connection {
  func lease(_ kind: JobKind, _ file: FileID, until: Date, at now: Date) throws -> LeasedJob? {
    let token = LeaseToken()
    let row = try first(
      JobStatement.lease,
      [
        "kind": kind.rawValue, "file": file.description, "token": token.description, "until": until.milliseconds,
        "now": now.milliseconds,
      ]
    )
    guard let row else { return nil }
    return try LeasedJob(
      kind: kind,
      file: file,
      user: row.value("user_id") { UserID($0) },
      isMigrated: row.integer("cost") == LeasedJob.migratedCost,
      token: token,
      leasedUntil: until,
      attempts: Int(row.integer("attempts")),
      failures: Int(row.integer("failures")),
      lastError: row.optionalText("last_error"),
      createdAt: row.date("created_at")
    )
  }
}

extension LeasedJob {
  fileprivate func leased(until: Date) -> LeasedJob {
    LeasedJob(
      kind: kind,
      file: file,
      user: user,
      isMigrated: isMigrated,
      token: token,
      leasedUntil: until,
      attempts: attempts,
      failures: failures,
      lastError: lastError,
      createdAt: createdAt
    )
  }
}
