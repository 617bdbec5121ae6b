internal import Core
public import Database
internal import Foundation
internal import Storage

/// Lists a source bucket once and brings the ledger up to date.
///
/// ```swift
/// let report = try BucketPlanner(settings).plan(source, into: ledger, run: run)
/// ```
public struct BucketPlanner: Sendable {
  private let settings: PlanSettings

  /// Creates a planner.
  public init(_ settings: PlanSettings) { self.settings = settings }

  /// Lists `source`, records its objects in `ledger` for `run`, and returns the report.
  ///
  /// If `shouldStop` returns true, the report covers the objects so far, and no object counts as vanished.
  public func plan(
    _ source: BucketSource,
    into ledger: MigrationLedger,
    run: Int64,
    shouldStop: () -> Bool = { false },
    progress show: (PlanProgress) -> Void = { _ in }
  ) throws -> PlanReport {
    let owners = try OwnerChange(ledger, settings.owner)
    let comparison = try LedgerWalk(ledger, run: run, reassigns: owners.isOther)
    let assigner = Assigner(settings: settings)
    var progress = PlanProgress()
    var users: Set<UserID> = []
    var (trail, isMore) = (PageTrail(), true)
    while isMore, !shouldStop() {
      let page = try source.store.list(source.bucket, prefix: source.prefix, after: trail.token, limit: 1000)
      var sightings: [LedgerSighting] = []
      var findings: [LedgerFinding] = []
      var met: Set<UserID> = []
      for item in page.items {
        switch source.place(of: item) {
        case .folder: progress.folders += 1
        case .finding(let finding): findings.append(finding)
        case .file(let sighting):
          progress.files += 1
          progress.bytes += item.size
          sightings.append(sighting)
        }
      }
      try comparison.meet(sightings, findings: findings) { sighting in
        let assignment = assigner.assignment(of: sighting)
        if let user = assignment.target?.user { met.insert(user) }
        return assignment
      }
      var noted: [UserID: Bool] = [:]
      for user in met.subtracting(users) { noted[user] = try settings.isKnownUser(user) }
      if !noted.isEmpty { try ledger.note(users: noted) }
      users = met
      show(progress)
      isMore = try trail.follow(page.next)
    }
    if !isMore {
      try comparison.finish()
      try comparison.forgetFindings()
      try owners.record()
    }
    return try PlanReport(
      ledger,
      settings,
      run: run,
      progress: progress,
      difference: comparison.difference,
      isComplete: !isMore
    )
  }

  /// Plans with a copy of the ledger at `path`, or with an empty one, and removes the copy afterwards.
  public func dryRun(
    _ source: BucketSource,
    beside path: String,
    for identity: LedgerIdentity,
    shouldStop: () -> Bool = { false },
    progress: (PlanProgress) -> Void = { _ in }
  ) throws -> PlanReport {
    let temporary = path + ".dry-run-\(getpid())"
    defer { for ending in ["", "-wal", "-shm", ".lock"] { unlink(temporary + ending) } }
    try MigrationLedger.copy(path, to: temporary)
    let ledger = try MigrationLedger(path: temporary, for: identity)
    let run = try ledger.beginRun("dry-run", options: "{}", at: .now)
    return try plan(source, into: ledger, run: run, shouldStop: shouldStop, progress: progress)
  }
}
