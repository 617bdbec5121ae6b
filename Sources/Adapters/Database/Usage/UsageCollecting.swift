public import Core
public import Foundation

/// A collection of usage that this process alone may work on.
public struct UsageRun: Hashable, Sendable {
  /// The number of the collection.
  public let generation: Int64
  /// The time at which the collection began.
  public let beganAt: Date
  /// The position at which the work goes on; empty at the start.
  public let position: String
  /// The state of the collection when the process took it.
  public let progress: UsageCollection
  let token: String

  /// The day that the collection describes, in days since 1970 (UTC).
  public var day: Int { Int((beganAt.timeIntervalSince1970 / 86_400).rounded(.down)) }
}

/// The answer to a process that wants to collect usage.
public enum UsageClaim: Hashable, Sendable {
  /// The process may work.
  case claimed(UsageRun)
  /// Another process works.
  case held(by: UsageHolder)
  /// A collection began within the period, and ended.
  case notDue
}

/// The findings of a process since its last report.
public struct UsageBatch: Sendable {
  /// The objects by bucket, storage class, user and kind.
  public var counts: [StoredCount] = []
  /// The same objects by day.
  public var cohorts: [StoredCohort] = []
  /// The number of objects, versions, delete markers and incomplete uploads.
  public var entries: Int64 = 0
  /// The bytes of all of them.
  public var bytes: Int64 = 0
  /// The number of requests to the store.
  public var requests: Int64 = 0
  /// The time that the work took, in milliseconds.
  public var workedMilliseconds: Int64 = 0

  /// Creates an empty batch.
  public init() {}
}

/// The work on a collection: one process over all nodes, which reports batch by batch.
extension FileDatabase {
  /// Takes the collection under way, or begins one if the last one began `period` seconds ago or earlier.
  ///
  /// The caller may work for `seconds`; each `add` extends this. `holder` is shown to others. `ended` is the name of a holder that is
  /// known to have ended, from whom the collection is taken at once.
  public func claimUsage(
    for holder: String,
    every period: TimeInterval,
    seconds: TimeInterval,
    replacing ended: String? = nil,
    at now: Date
  ) throws(StorageError) -> UsageClaim {
    let token = UUID().uuidString
    return try write { connection in
      try connection.run(CleanupStatement.addChore, ["name": "usage"])
      let underWay = try connection.first(UsageStatement.underWay, [:])
      let previous = try underWay?.text("holder")
      if let ended, ended == previous { try connection.run(UsageStatement.free, [:]) }
      let claim: Parameters = [
        "name": "usage", "token": token, "now": now.milliseconds, "until": (now + seconds).milliseconds,
        "before": (now - period).milliseconds,
      ]
      guard try connection.returnsRow(CleanupStatement.claimChore, claim) else {
        let until = try connection.first(UsageStatement.lease, [:])?.date("lease_until") ?? now
        return until > now ? .held(by: UsageHolder(name: previous ?? "", until: until)) : .notDue
      }
      let row: (any Row)?
      if let generation = try underWay?.integer("generation") {
        row = try connection.first(UsageStatement.hold, ["generation": generation, "holder": holder])
      } else {
        row = try connection.first(UsageStatement.begin, ["now": now.milliseconds, "holder": holder])
      }
      guard let row else { throw DatabaseError.unexpected(detail: "a collection of usage has no row") }
      let progress = try UsageCollection(row)
      return try .claimed(
        UsageRun(
          generation: progress.generation,
          beganAt: progress.beganAt,
          position: row.text("position"),
          progress: progress,
          token: token
        )
      )
    }
  }

  /// Adds a batch and moves to `position` in one transaction, and extends the claim to `seconds` from `now`.
  ///
  /// Returns false and changes nothing if another process has taken the collection over.
  public func add(
    _ batch: UsageBatch,
    to run: UsageRun,
    position: String,
    seconds: TimeInterval,
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.renew(run, until: now + seconds) else { return false }
      for count in batch.counts { try connection.add(count, to: run.generation) }
      for cohort in batch.cohorts { try connection.add(cohort, to: run.generation) }
      try connection.run(
        UsageStatement.advance,
        [
          "generation": run.generation, "position": position, "entries": batch.entries, "bytes": batch.bytes,
          "requests": batch.requests, "worked": batch.workedMilliseconds,
        ]
      )
      return true
    }
  }

  /// Stops the work on a collection, so that any process can go on where it is.
  public func leave(_ run: UsageRun) throws(StorageError) {
    _ = try write { connection in try connection.returnsRow(UsageStatement.leave, ["token": run.token]) }
  }

  /// Gives a collection up, for `reason`; the last whole one stays in force.
  ///
  /// Returns false and changes nothing if another process has taken the collection over.
  public func giveUp(_ run: UsageRun, because reason: String) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.returnsRow(UsageStatement.endChore, ["token": run.token]) else { return false }
      try connection.run(UsageStatement.endFailed, ["generation": run.generation, "failure": reason])
      return true
    }
  }
}

extension Connection {
  /// Extends the claim of `run`; returns false if another process has the collection.
  func renew(_ run: UsageRun, until end: Date) throws -> Bool {
    try returnsRow(UsageStatement.renew, ["token": run.token, "until": end.milliseconds])
  }

  fileprivate func add(_ count: StoredCount, to generation: Int64) throws {
    guard let user = count.user?.description else { return }
    var parameters: Parameters = [
      "generation": generation, "user": user, "objects": count.objects, "bytes": count.bytes,
    ]
    _ = try changes(UsageStatement.countUser, parameters)
    parameters["bucket"] = count.bucket.rawValue
    parameters["class"] = count.storageClass
    parameters["kind"] = count.kind.rawValue
    _ = try changes(UsageStatement.count, parameters)
  }

  fileprivate func add(_ cohort: StoredCohort, to generation: Int64) throws {
    _ = try changes(
      UsageStatement.countCohort,
      [
        "generation": generation, "bucket": cohort.bucket.rawValue, "class": cohort.storageClass,
        "kind": cohort.kind.rawValue, "tagged": cohort.isTagged ? 1 : 0, "day": cohort.day, "objects": cohort.objects,
        "bytes": cohort.bytes, "small_objects": cohort.smallObjects, "small_bytes": cohort.smallBytes,
      ]
    )
  }
}
