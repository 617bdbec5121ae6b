public import Core
public import Foundation

/// The choice of the job that a worker claims next.
extension FileDatabase {
  /// The time, in seconds, for which expensive jobs such as documents yield to cheaper jobs; afterwards they have equal
  /// priority.
  static let dearSeconds: TimeInterval = 60

  /// Claims a job that is due or whose lease has ended; returns nil if there is none.
  ///
  /// `kind` restricts the choice to one kind. Jobs of the user `spared` are skipped, except those for migrated files,
  /// which `sparingMigrated` skips. Renderings (`render`) come after all other jobs, and migrated files after them, in
  /// the order in which they were due. Among the waiting users, the order is: fewest leases first, then users with a
  /// cheap job, then the user who was served longest ago. Within a user, cache invalidations come first. The query reads
  /// one index entry for each waiting user and cost class, not every job, and one for all migrated files.
  public func leaseJob(
    _ kind: JobKind? = nil,
    sparing spared: UserID? = nil,
    sparingMigrated: Bool = false,
    seconds: Double,
    at now: Date
  ) throws(StorageError) -> LeasedJob? {
    let claim = Claim(kind: kind, spared: spared, sparesMigrated: sparingMigrated, now: now)
    guard try read({ connection in try connection.isDue(claim) }) else { return nil }
    return try write { connection in
      guard let job = try connection.choice(claim) else { return nil }
      return try connection.lease(
        job.value("kind") { JobKind(rawValue: $0) },
        job.value("file_id") { FileID($0) },
        until: now + seconds,
        at: now
      )
    }
  }

  /// Returns the earliest time at which a job is due, or the lease of one ends; nil if there is no job.
  public func nextJobDue() throws(StorageError) -> Date? {
    try read { connection in try connection.first(JobStatement.nextDue, [:])?.optionalDate("due") }
  }

  /// Returns true if a user uploads: an upload began at `start` or later, or its check is not done.
  public func hasUploads(since start: Date) throws(StorageError) -> Bool {
    try read { connection in
      try connection.returnsRow(FileStatement.upload, ["first": FileID(earliestAt: start).description])
        || connection.returnsRow(JobStatement.upload, [:])
    }
  }

  /// Returns the number of jobs of `user` that are under a valid lease at `now`.
  public func jobsAtWork(of user: UserID, at now: Date) throws(StorageError) -> Int {
    try read { connection in
      let owner: Parameters = ["user": user.description, "now": now.milliseconds]
      return try connection.first(JobStatement.held, owner).map { try Int($0.integer("found")) } ?? 0
    }
  }
}

/// The conditions of a claim.
private struct Claim {
  let kind: JobKind?
  let spared: UserID?
  let sparesMigrated: Bool
  let now: Date

  var parameters: Parameters {
    [
      "kind": kind?.rawValue ?? "", "full": spared?.description ?? " ", "now": now.milliseconds,
      "aged": (now - FileDatabase.dearSeconds).milliseconds,
    ]
  }
}

extension Connection {
  /// Returns true if a job can be claimed; a cheap query comes first, since idle threads ask many times a second.
  fileprivate func isDue(_ claim: Claim) throws -> Bool {
    guard try returnsRow(JobStatement.isDue, ["now": claim.now.milliseconds]) else { return false }
    if try returnsRow(JobStatement.turn, claim.parameters) { return true }
    return try !claim.sparesMigrated && returnsRow(JobStatement.dueMigrated, claim.parameters)
  }

  /// Returns the next job, and records the turn of its owner.
  fileprivate func choice(_ claim: Claim) throws -> (any Row)? {
    guard let turn = try first(JobStatement.turn, claim.parameters) else {
      return try claim.sparesMigrated ? nil : first(JobStatement.dueMigrated, claim.parameters)
    }
    let whose: Parameters = try ["user": turn.text("user_id"), "cost": turn.integer("cost")]
    let choice = claim.parameters.merging(whose) { given, _ in given }
    try run(JobStatement.served, choice)
    return try first(JobStatement.due, choice)
  }
}
