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
    /// Uploads whose time was over and whose object never came.
    public var expired = 0
    /// Multipart uploads that no pending file knew, or that grew beyond what is reserved; now aborted.
    public var aborted = 0
    /// Files that were deleted longer ago than they can be restored; now due to be purged.
    public var purged = 0
    /// Where the next sweep goes on, if this one did not get to the end.
    public var next: FileID?

    /// Whether there was nothing to do.
    public var isEmpty: Bool { found == 0 && expired == 0 && aborted == 0 && purged == 0 }
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
  /// A sweep's budget, in pages: many abandoned uploads shall not keep the store busy for ever.
  static let maximumPages = 10

  /// Looks for objects in the raw `bucket`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
  }

  /// Looks at uploads that wait without a job, from `start` on, up to a budget; stops early once `isWanted` says no.
  ///
  /// Throws at the first part that is out of reach; the next sweep goes on.
  public func sweep(
    at now: Date,
    from start: FileID? = nil,
    while isWanted: () -> Bool = { true }
  ) throws(StorageError) -> Report {
    var report = Report()
    for pass in SweepPass.allCases {
      let first = pass == .unattended ? start : pass.start(at: now)
      let next = try walk(pass, at: now, from: first, budget: Self.maximumPages, while: isWanted) { page in
        switch pass {
        case .overdue: report.expired += page.findings.count
        case .unmeasured: report.aborted += page.findings.count
        case .outlived: report.purged += page.findings.count
        case .unattended, .multiparts, .refused: report.found += page.findings.count
        }
      }
      if pass == .unattended { report.next = next }
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
        from: pass.start(at: now),
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
    from start: FileID?,
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

  /// What is to be done about `files`; without `isDryRun` it is done when this returns, and names what was.
  private func findings(
    among files: [UnfinishedFile],
    _ pass: SweepPass,
    at now: Date,
    isDryRun: Bool,
    while isWanted: () -> Bool
  ) throws(StorageError) -> [SweepFinding] {
    var findings: [SweepFinding] = []
    var interruption: StorageError?
    for file in files where isWanted() {
      do throws(StorageError) {
        guard let finding = try look(at: file, pass) else { continue }
        // At once: an object that comes meanwhile shall not find its upload expired.
        if !isDryRun, pass == .overdue, try !database.expire(file.id, expiredBy: now - Self.grace) { continue }
        if !isDryRun, pass == .unmeasured, try !database.abort(file.id, of: file.user, removingAt: now) { continue }
        if !isDryRun, pass == .outlived {
          guard try database.beginPurge(file.id, deletedBy: Retention.cutoff(at: now), at: now) else { continue }
        }
        findings.append(finding)
      } catch {
        interruption = error
        break
      }
    }
    if !isDryRun {
      // Of what expired, what a delete marker hid or what came just now is taken away by a worker.
      let queued = try database.enqueue(for: findings.map(\.file.id), at: now)
      if ![.overdue, .unmeasured, .outlived].contains(pass) {
        findings = findings.filter { queued.contains($0.file.id) }
      }
    }
    if let interruption { throw interruption }
    return findings
  }

  /// What there is to be done about one file.
  private func look(at file: UnfinishedFile, _ pass: SweepPass) throws(StorageError) -> SweepFinding? {
    if pass == .unattended, file.state == .received { return SweepFinding(file: file, reason: .jobLost) }
    if pass == .unmeasured {
      return try isOverLimit(file.id) ? SweepFinding(file: file, reason: .overLimit) : nil
    }
    if pass == .multiparts { return SweepFinding(file: file, reason: .multipartLeft) }
    if pass == .outlived { return SweepFinding(file: file, reason: .outlived) }
    switch (pass, try exists(file.rawKey)) {
    case (.unattended, true): return SweepFinding(file: file, reason: .objectFound)
    case (.overdue, false): return SweepFinding(file: file, reason: .neverCame)
    case (.refused, true): return SweepFinding(file: file, reason: .refusedObject)
    default: return nil
    }
  }

  /// HEAD answers 404 for every object of a bucket that is not there, as with a mistyped name.
  private func confirmBucket() throws(StorageError) {
    let exists = try StorageError.reaching("store") { () throws(StoreError) in try store.bucketExists(bucket) }
    guard exists else { throw .unavailable(detail: "store: bucket \(bucket) is not there") }
  }

  private func exists(_ key: String) throws(StorageError) -> Bool {
    do throws(StoreError) {
      _ = try store.head(key, in: bucket)
      return true
    } catch {
      guard case .notFound = error else { throw .unavailable(detail: "store: \(error)") }
      return false
    }
  }
}
