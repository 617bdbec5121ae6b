public import Core
public import Foundation
internal import GRDB

/// Which job a worker takes next.
extension FileDatabase {
  /// How long a document, or another dear job, comes after what is cheap, in seconds; then it has its turn like any other.
  static let dearSeconds: TimeInterval = 60

  /// Takes a job that is due, also one whose lease ran out, or returns nil where there is none; of `kind` alone where one is
  /// named.
  ///
  /// It is one of the user with the fewest leases, of nobody's who is `spared`; among those with as few, of one who has
  /// something cheap; among those, of the one who was served longest ago. Withdrawals come first of what a user has,
  /// renderings after everything else. It costs a look at each user who waits, however many jobs they have.
  public func leaseJob(
    _ kind: JobKind? = nil,
    sparing spared: UserID? = nil,
    seconds: Double,
    at now: Date
  ) throws(StorageError) -> LeasedJob? {
    let claim = Claim(kind: kind, spared: spared, now: now)
    guard try read({ connection in try connection.isDue(claim) }) else { return nil }
    return try write { connection in
      guard let turn = try connection.first(JobStatement.turn, claim.parameters) else { return nil }
      let whose: Parameters = try ["user": turn.text("user_id"), "cost": turn.integer("cost")]
      let choice = claim.parameters.merging(whose) { given, _ in given }
      guard let job = try connection.first(JobStatement.due, choice) else { return nil }
      try connection.run(JobStatement.served, choice)
      return try connection.lease(
        job.value("kind") { JobKind(rawValue: $0) },
        job.value("file_id") { FileID($0) },
        until: now + seconds,
        at: now
      )
    }
  }

  /// How many jobs of `user` are somebody's at `now`.
  public func jobsAtWork(of user: UserID, at now: Date) throws(StorageError) -> Int {
    try read { connection in
      let owner: Parameters = ["user": user.description, "now": now.milliseconds]
      return try connection.first(JobStatement.held, owner).map { try Int($0.integer("found")) } ?? 0
    }
  }
}

/// What is asked for.
private struct Claim {
  let kind: JobKind?
  let spared: UserID?
  let now: Date

  var parameters: Parameters {
    [
      "kind": kind?.rawValue ?? "", "full": spared?.description ?? " ", "now": now.milliseconds,
      "aged": (now - FileDatabase.dearSeconds).milliseconds,
    ]
  }
}

extension GRDB.Database {
  /// The quick answer first, for the threads that ask many times a second while there is nothing.
  fileprivate func isDue(_ claim: Claim) throws -> Bool {
    try returnsRow(JobStatement.isDue, ["now": claim.now.milliseconds])
      && returnsRow(JobStatement.turn, claim.parameters)
  }
}
