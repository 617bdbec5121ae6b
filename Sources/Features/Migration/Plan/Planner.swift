internal import Core
public import Database
internal import Foundation
internal import Signing

/// The progress of a walk.
public struct PlanProgress: Hashable, Sendable {
  /// The folders so far.
  public var folders = 0
  /// The files so far.
  public var files = 0
  /// The bytes of these files.
  public var bytes: Int64 = 0
  /// The files whose content was compared with the recorded digest.
  public var compared = LedgerTotal()

  /// The progress as text for one line of a terminal.
  public var words: String {
    guard compared.files > 0 else { return "looking: \(Wording.number(files, "file")), \(Wording.bytes(bytes))" }
    return "comparing contents: \(Wording.grouped(compared.files)) of \(Wording.number(files, "file")), "
      + Wording.bytes(compared.bytes)
  }
}

/// Walks a tree once and brings its ledger up to date: the first plan, and each delta.
///
/// ```swift
/// let report = try Planner(settings).plan(root, into: ledger, run: run)
/// print(report.words)
/// ```
public struct Planner: Sendable {
  /// The number of files that are compared with the ledger in one transaction.
  static let batch = 16_384
  /// The number of folders of other file systems that a plan compares with those of the walk before.
  static let maximumMounts = 1000
  /// The number of folders that a plan remembers as unread; with more of them, no file counts as vanished.
  static let maximumUnread = 1000

  private let settings: PlanSettings

  /// Creates a planner.
  public init(_ settings: PlanSettings) { self.settings = settings }

  /// Walks the tree at `root`, records it in `ledger` for `run`, and returns the report.
  ///
  /// Throws `OwnerConflict` before the walk if files in Stowage would belong to other users.
  /// `progress` is called after every batch. If `shouldStop` returns true, the report covers the files so far, and no
  /// file counts as vanished.
  public func plan(
    _ root: TreeRoot,
    into ledger: MigrationLedger,
    run: Int64,
    shouldStop: () -> Bool = { false },
    progress: (PlanProgress) -> Void = { _ in }
  ) throws -> PlanReport {
    let mounts = try ledger.findings(FindingCode.mountPoint.rawValue, withDoubtful: true, limit: Self.maximumMounts)
      .map(\.path)
    let owners = try OwnerChange(ledger, settings.owner)
    let comparison = try LedgerWalk(ledger, run: run, reassigns: owners.isOther)
    var pass = PlanPass(settings: settings)
    let walk = TreeWalk(root)
    var isStopped = false
    while let event = walk.next() {
      pass.take(event)
      guard pass.count >= Self.batch else { continue }
      try pass.flush(into: comparison, ledger)
      progress(pass.progress)
      isStopped = shouldStop()
      if isStopped { break }
    }
    try pass.flush(into: comparison, ledger)
    if !isStopped, pass.unread.count < Self.maximumUnread { try comparison.finish(unreadFolders: pass.unread) }
    try compareMounts(ledger, before: mounts, run: run)
    if settings.comparesContents, !isStopped {
      let check = ContentCheck(root, settings)
      isStopped = try !check.run(on: ledger, comparison, shouldStop: shouldStop) { compared in
        pass.progress.compared = compared
        progress(pass.progress)
      }
    }
    if !isStopped { try owners.record() }
    try compareNames(ledger, run: run)
    try askAgain(ledger)
    progress(pass.progress)
    let isComplete = !isStopped && pass.unread.count < Self.maximumUnread
    if isComplete { try comparison.forgetFindings() }
    return try PlanReport(
      ledger,
      settings,
      run: run,
      progress: pass.progress,
      difference: comparison.difference,
      isComplete: isComplete
    )
  }

  /// Asks about the users whom the database did not know at an earlier walk.
  private func askAgain(_ ledger: MigrationLedger) throws {
    var last = ""
    while true {
      let users = try ledger.unknownUsers(after: last, limit: 1000)
      guard let end = users.last else { return }
      last = end.description
      var known: [UserID: Bool] = [:]
      for user in users where try settings.isKnownUser(user) { known[user] = true }
      if !known.isEmpty { try ledger.note(users: known) }
    }
  }

  /// Plans with a copy of the ledger at `path`, or with an empty one, and removes the copy afterwards.
  public func dryRun(
    _ root: TreeRoot,
    beside path: String,
    for identity: LedgerIdentity,
    acceptsMovedTree: Bool = false,
    shouldStop: () -> Bool = { false },
    progress: (PlanProgress) -> Void = { _ in }
  ) throws -> PlanReport {
    let temporary = path + ".dry-run-\(getpid())"
    defer { for ending in ["", "-wal", "-shm", ".lock"] { unlink(temporary + ending) } }
    try MigrationLedger.copy(path, to: temporary)
    let ledger = try MigrationLedger(path: temporary, for: identity, acceptsMovedTree: acceptsMovedTree)
    let run = try ledger.beginRun("dry-run", options: "{}", at: .now)
    return try plan(root, into: ledger, run: run, shouldStop: shouldStop, progress: progress)
  }

  /// Records folders that were other file systems at the walk before and are none now: their files are not deleted ones.
  private func compareMounts(_ ledger: MigrationLedger, before: [[UInt8]], run: Int64) throws {
    let now = try Set(ledger.findings(FindingCode.mountPoint.rawValue, limit: Self.maximumMounts).map(\.path))
    let lost = before.filter { !now.contains($0) }
    try ledger.add(
      lost.map { LedgerFinding(code: FindingCode.unmounted.rawValue, path: $0, isLasting: true) },
      run: run
    )
    for finding in try ledger.findings(FindingCode.unmounted.rawValue, limit: Self.maximumMounts)
    where now.contains(finding.path) {
      try ledger.removeFinding(finding.code, at: finding.path)
    }
  }

  /// Records names that differ only in case or normalisation, once for each file.
  ///
  /// Keys need no change: `MigrationKey` gives a store that normalises only paths in Normalization Form C as keys.
  private func compareNames(_ ledger: MigrationLedger, run: Int64) throws {
    var findings: [LedgerFinding] = []
    try ledger.forEachAlike { group in
      // Swift compares strings by canonical equivalence, so all normalisations of a path are one key.
      let twins = Dictionary(grouping: group) { String(validating: $0.path, as: UTF8.self) }
      for row in group {
        let equals = twins[String(validating: row.path, as: UTF8.self)] ?? []
        let isTwin = equals.count > 1
        let other = (isTwin ? equals : group).first { $0.id != row.id }
        findings.append(
          LedgerFinding(
            code: (isTwin ? FindingCode.sameButForNormalisation : .sameButForCase).rawValue,
            path: row.path,
            detail: other.map { Self.difference(row.path, $0.path, isEncoded: isTwin) } ?? "",
            isLasting: false
          )
        )
      }
      guard findings.count >= 1000 else { return }
      try ledger.add(findings, run: run)
      findings = []
    }
    try ledger.add(findings, run: run)
  }
}

extension Planner {
  /// Returns the other one of two paths; twins look the same, so they are percent-encoded.
  private static func difference(_ path: [UInt8], _ other: [UInt8], isEncoded: Bool) -> String {
    isEncoded ? "\(percentEncodePath(path)), beside \(percentEncodePath(other))" : printable(other)
  }
}

/// The files and findings of a walk that wait for the next transaction.
private struct PlanPass {
  let settings: PlanSettings
  var progress = PlanProgress()
  /// The folders that could not be read.
  var unread: [[UInt8]] = []
  private let assigner: Assigner
  private var sightings: [LedgerSighting] = []
  private var findings: [LedgerFinding] = []
  private var users: [UserID: Bool] = [:]
  private var lastUsers: Set<UserID> = []

  init(settings: PlanSettings) {
    self.settings = settings
    assigner = Assigner(settings: settings)
  }

  var count: Int { sightings.count + findings.count }

  mutating func take(_ event: TreeEvent) {
    switch event {
    case .folder: progress.folders += 1
    case .finding(let finding):
      if finding.kind == .unreadableFolder, unread.count < Planner.maximumUnread { unread.append(finding.path) }
      add(FindingCode(finding.kind), finding.path, finding.detail)
    case .file(let entry):
      progress.files += 1
      progress.bytes += entry.facts.size
      sightings.append(LedgerSighting(path: entry.path, facts: entry.facts))
      if entry.facts.size == 0 { add(.empty, entry.path, "") }
      if entry.links > 1 { add(.hardLink, entry.path, "\(entry.links) names") }
      if entry.isSparse { add(.sparse, entry.path, "\(Wording.bytes(entry.blocks * 512)) on the disk") }
    }
  }

  mutating func flush(into comparison: LedgerWalk, _ ledger: MigrationLedger) throws {
    var met: Set<UserID> = []
    try comparison.meet(sightings, findings: findings) { sighting in
      let assignment = assigner.assignment(of: sighting)
      if let user = assignment.target?.user { met.insert(user) }
      return assignment
    }
    var noted: [UserID: Bool] = [:]
    for user in met where !lastUsers.contains(user) { noted[user] = try settings.isKnownUser(user) }
    if !noted.isEmpty { try ledger.note(users: noted) }
    lastUsers = met
    sightings.removeAll(keepingCapacity: true)
    findings.removeAll(keepingCapacity: true)
  }

  private mutating func add(_ code: FindingCode, _ path: [UInt8], _ detail: String) {
    findings.append(LedgerFinding(code: code.rawValue, path: path, detail: detail, isLasting: false))
  }
}
