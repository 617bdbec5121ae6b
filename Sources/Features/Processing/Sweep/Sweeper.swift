public import Core
public import Database
public import Foundation
public import Storage

/// Finds what events never told; safe to run anywhere, at any time, by any number of nodes.
///
/// A sweep looks for findings, page by page, and then applies them; a dry run does all but the second.
public struct Sweeper: Sendable {
  /// What one sweep did.
  public struct Report: Hashable, Sendable {
    /// Uploads whose object was found, now due for judgement, or for removal where the upload is refused already.
    public var found = 0
    /// Ready files over which something was put, or beside whose kept copy, now due to be cleared of it.
    public var overwritten = 0
    /// Uploads whose time was over and whose object never came.
    public var expired = 0
    /// Multipart uploads that no pending file knew, or that grew beyond what is reserved; now aborted.
    public var aborted = 0
    /// Files that were deleted longer ago than they can be restored; now due to be purged.
    public var purged = 0
    /// Where the next sweep goes on, where this one did not get to the end.
    public var next = Continuation()

    /// Whether there was nothing to do.
    public var isEmpty: Bool { found == 0 && overwritten == 0 && expired == 0 && aborted == 0 && purged == 0 }
  }

  /// Where a sweep goes on with what the one before had no budget for.
  public struct Continuation: Hashable, Sendable {
    var last: [SweepPass: FileID] = [:]

    /// From the beginning.
    public init() {}
  }

  let database: FileDatabase
  let store: any ObjectStore
  let bucket: String

  /// An upload this young is left to its event, in seconds.
  static let patience: TimeInterval = 10
  /// How long after its URL's end an upload may still arrive, in seconds.
  static let grace = TimeInterval(UploadPolicy.graceSeconds)
  /// Uploads looked at between two looks into the database.
  static let pageSize = 200

  /// Looks for objects in the raw `bucket`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
  }

  /// Looks at all that a sweep looks at, from `start` on, up to a budget; stops early once `isWanted` says no.
  ///
  /// Throws at the first part that is out of reach; the next sweep goes on.
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

  /// Looks at every upload that any sweep would, without a budget, and hands out page after page.
  ///
  /// Applies what it finds, or with `isDryRun` changes nothing anywhere: the findings are the same. Stops once
  /// `isWanted` says no, between two looks.
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

  /// Takes pages until the last, or until the budget is used up: then it returns where to go on.
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
