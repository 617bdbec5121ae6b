public import Core
public import Foundation
internal import GRDB

/// What a job does to its file.
public enum JobKind: String, Sendable, CaseIterable {
  /// Looks the object up and brings the file to where the object says it belongs.
  case process
  /// Renders a ready file's variants as the configuration wants them now.
  case render
  /// Takes a file's images out of every node's cache, in rounds.
  case purge
}

/// Proof of a lease: 128 random bits, fresh each time a job is taken.
public struct LeaseToken: Hashable, Sendable, CustomStringConvertible {
  /// The 32 hexadecimal digits.
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

/// A job that the caller holds until its lease runs out or somebody takes the file away.
public struct LeasedJob: Hashable, Sendable {
  /// What it does.
  public let kind: JobKind
  /// The file.
  public let file: FileID
  /// The file's owner.
  public let user: UserID
  /// The proof that it is this caller's.
  public let token: LeaseToken
  /// When the lease runs out, unless it is renewed.
  public let leasedUntil: Date
  /// How often it was taken, this time counted: more than `failures` + 1 where earlier holders vanished or gave it back.
  public let attempts: Int
  /// How often it was given back as a failure.
  public let failures: Int
  /// What was said when it was last given back.
  public let lastError: String?
  /// When it was stored; of a `purge`, when something was last withdrawn.
  public let createdAt: Date

  var parameters: Parameters {
    ["kind": kind.rawValue, "file": file.description, "token": token.description]
  }
}

extension FileDatabase {
  /// Stores one job for each of `files` that exists, due after `delay` seconds, and returns those files.
  ///
  /// A file has one job of a kind at most: a queued one stays as it is, a leased one is run again after this run, a
  /// failed one is queued again.
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

  /// Takes the job of `file`, made where there is none, or returns nil where it cannot be taken now: `job(_:of:)` says why.
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

  /// The job with its lease renewed for `seconds` from `now`, or nil: it is no longer the caller's, or ran out.
  public func renew(_ job: LeasedJob, seconds: Double, at now: Date) throws(StorageError) -> LeasedJob? {
    let until = now + seconds
    let isMine = try write { connection in
      let times: Parameters = ["now": now.milliseconds, "until": until.milliseconds]
      return try connection.returnsRow(JobStatement.renew, job.parameters.merging(times) { given, _ in given })
    }
    return isMine ? job.leased(until: until) : nil
  }

  /// Gives the job back, due at `retry`; returns false where it was no longer the caller's.
  ///
  /// A failure counts towards `failures`; what is nobody's fault, such as a scanner that does not answer, does not. One that
  /// `isDear` is tried again after all that is cheaper.
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

  /// Gives the job back for its next round, due at `due`, or at once where it is to run again anyway.
  ///
  /// Returns false where it was no longer the caller's.
  public func continueJob(_ job: LeasedJob, due: Date, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      if try connection.repeatJob(job, at: now) { return true }
      let round: Parameters = ["due": due.milliseconds, "failed": 0, "dear": 0, "error": nil]
      return try connection.returnsRow(JobStatement.release, job.parameters.merging(round) { given, _ in given })
    }
  }

  /// Marks the job as failed: a dead letter, until a person retries it, unless an event came meanwhile; then it is queued afresh.
  ///
  /// Returns false where it was no longer the caller's.
  public func fail(_ job: LeasedJob, error: String, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let outcome: Parameters = ["now": now.milliseconds, "error": error]
      return try connection.returnsRow(JobStatement.fail, job.parameters.merging(outcome) { given, _ in given })
        || connection.repeatJob(job, at: now)
    }
  }

  /// Ends the job, or queues it afresh for an event that came meanwhile.
  ///
  /// Returns false where it was no longer the caller's.
  public func finish(_ job: LeasedJob, at now: Date) throws(StorageError) -> Bool {
    try write { connection in try connection.endJob(job, at: now) }
  }
}

extension GRDB.Database {
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
      token: token,
      leasedUntil: until,
      attempts: attempts,
      failures: failures,
      lastError: lastError,
      createdAt: createdAt
    )
  }
}
