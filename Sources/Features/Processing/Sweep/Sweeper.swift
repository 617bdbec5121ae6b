public import Core
public import Database
public import Foundation
public import Storage

/// Finds files whose storage event was lost, and other leftovers.
///
/// Any number of nodes can sweep at any time.
///
/// A sweep searches page by page and applies the action for each finding. A dry run only searches.
public struct Sweeper: Sendable {
  /// The result of a sweep.
  public struct Report: Hashable, Sendable {
    /// Uploads whose object was found: queued for the checks, or for deletion if the upload was rejected.
    public var found = 0
    /// Ready files with a foreign object over or beside the checked version: queued for its deletion.
    public var overwritten = 0
    /// Uploads whose time was over and whose object never arrived.
    public var expired = 0
    /// Multipart uploads that belonged to no pending file or exceeded the reserved size: aborted.
    public var aborted = 0
    /// Deleted files whose retention period was over: queued for purging.
    public var purged = 0
    /// The position for the next sweep if the budget of this sweep was used up.
    public var next = Continuation()

    /// True if the sweep found nothing.
    public var isEmpty: Bool { found == 0 && overwritten == 0 && expired == 0 && aborted == 0 && purged == 0 }
  }

  /// The position at which a sweep continues after the budget of the previous sweep was used up.
  public struct Continuation: Hashable, Sendable {
    var last: [SweepPass: FileID] = [:]

    /// A continuation that starts every pass at its first file.
    public init() {}
  }

  let database: FileDatabase
  let store: any ObjectStore
  let bucket: String

  /// The minimum age of an upload, in seconds, at which a sweep takes it up without an event from the store.
  ///
  /// Younger uploads are left to the store's event, which usually arrives within a second.
  static let patience: TimeInterval = 10
  /// The time after the expiry of its URL at which an upload can still arrive, in seconds.
  static let grace = TimeInterval(UploadPolicy.graceSeconds)
  /// The number of files per page.
  static let pageSize = 200

  /// Sweeps objects in the raw `bucket`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
  }

  /// Runs all passes from `start` within their budgets; stops early if `isWanted` returns false.
  ///
  /// Throws at the first error of the store or the database; the next sweep continues.
  public func sweep(
    at now: Date,
    from start: Continuation = Continuation(),
    while isWanted: () -> Bool = { true }
  ) throws(StorageError) -> Report {
    var report = Report()
    for pass in SweepPass.allCases {
      let first = start.last[pass]
      report.next.last[pass] = try walk(pass, at: now, from: first, budget: pass.budget, while: isWanted) { page in
        for finding in page.findings { report.add(finding) }
      }
    }
    report.aborted += try abortUnknownUploads(at: now, isDryRun: false, while: isWanted).count
    return report
  }

  /// Runs all passes without a budget, and calls `report` for each page.
  ///
  /// With `isDryRun`, reports the same findings and changes nothing. Stops early if `isWanted` returns false.
  public func sweepAll(
    at now: Date,
    isDryRun: Bool,
    while isWanted: () -> Bool = { true },
    report: (SweepPage) -> Void
  ) throws(StorageError) {
    try confirmBucket()
    for pass in SweepPass.allCases {
      _ = try walk(
        pass,
        at: now,
        budget: .max,
        isDryRun: isDryRun,
        while: isWanted,
        report: report
      )
    }
    let uploads = try abortUnknownUploads(at: now, isDryRun: isDryRun, while: isWanted)
    report(SweepPage(count: 0, findings: [], uploads: uploads))
  }

  /// Reads pages until the last one or until the budget is used up; in the second case returns the position to continue
  /// from.
  private func walk(
    _ pass: SweepPass,
    at now: Date,
    from start: FileID? = nil,
    budget: Int,
    isDryRun: Bool = false,
    while isWanted: () -> Bool,
    report: (SweepPage) -> Void
  ) throws(StorageError) -> FileID? {
    var last = start
    var left = budget
    while left > 0, isWanted() {
      left -= 1
      let files = try database.files(for: pass, at: now, after: last, limit: Self.pageSize)
      if pass == .overdue, !files.isEmpty { try confirmBucket() }
      let findings = try findings(among: files, pass, at: now, isDryRun: isDryRun, while: isWanted)
      report(SweepPage(count: files.count, findings: findings))
      guard files.count == Self.pageSize else { return nil }
      last = files.last?.id
    }
    return last
  }
}

extension Sweeper.Report {
  fileprivate mutating func add(_ finding: SweepFinding) {
    switch finding.reason {
    case .objectFound, .jobLost, .refusedObject, .multipartLeft: found += 1
    case .overwritten: overwritten += 1
    case .neverCame: expired += 1
    case .overLimit: aborted += 1
    case .outlived: purged += 1
    }
  }
}
