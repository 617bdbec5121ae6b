internal import Core
public import Database
internal import Foundation

/// The state of a migration, from its ledger.
public struct MigrationStatus: Sendable, Encodable {
  /// A file that failed or stays on the disk, with the reason.
  public struct Trouble: Sendable, Encodable {
    /// The path below the root as printable text.
    public let path: String
    /// The reason.
    public let reason: String
  }

  /// The number of files that are listed for each state.
  public static let maximumListed = 20

  /// The files and bytes by state.
  public let totals: [String: LedgerTotal]
  /// The first files that failed.
  public let failed: [Trouble]
  /// The first files that stay on the disk.
  public let skipped: [Trouble]
  /// The number of files that the bucket has and the last walk no longer found.
  public let missing: Int
  /// The first of these paths.
  public let missingPaths: [String]
  /// The number of files that got a key by their identifier, since something else has the key of their path.
  public let rekeyed: Int
  /// The number of runs.
  public let runs: Int
  /// The sentence about the last run.
  public let lastRun: String

  /// Reads the state from `ledger`.
  public init(_ ledger: MigrationLedger) throws(LedgerError) {
    var totals: [String: LedgerTotal] = [:]
    for (state, total) in try ledger.totals() { totals[state.rawValue] = total }
    self.totals = totals
    func troubles(_ state: LedgerState) throws(LedgerError) -> [Trouble] {
      try ledger.rows(in: state, limit: Self.maximumListed).map {
        Trouble(path: printable($0.path), reason: Wording.printable($0.error ?? ""))
      }
    }
    failed = try troubles(.failed)
    skipped = try troubles(.skipped)
    missing = try ledger.missingCount()
    missingPaths = try ledger.rowsMissing(limit: Self.maximumListed).map { printable($0.path) }
    rekeyed = try ledger.findingCounts()[FindingCode.rekeyed.rawValue] ?? 0
    let runs = try ledger.runs()
    self.runs = runs.count
    lastRun = runs.max { $0.id < $1.id }.map(Self.sentence) ?? "no run yet"
  }

  private static func sentence(_ run: LedgerRun) -> String {
    let start = run.startedAt.ISO8601Format()
    guard let end = run.endedAt else { return "run \(run.id) began at \(start), and is under way or was killed" }
    return "run \(run.id) began at \(start) and ended at \(end.ISO8601Format()): \(run.outcome ?? "unknown")"
  }

  /// The state as text for a terminal.
  public var words: String {
    var lines = [lastRun]
    for state in LedgerState.allCases {
      guard let total = totals[state.rawValue], total.files > 0 else { continue }
      lines.append("\(state.rawValue): \(Wording.number(total.files, "file")), \(Wording.bytes(total.bytes))")
    }
    for (title, troubles) in [("failed", failed), ("on the disk only", skipped)] where !troubles.isEmpty {
      lines.append("\(title), the first \(troubles.count):")
      lines += troubles.map { "  \($0.path): \($0.reason)" }
    }
    if missing > 0 {
      lines.append("vanished from the disk and still in Stowage: \(Wording.number(missing, "file")), such as:")
      lines += missingPaths.map { "  \($0)" }
    }
    if rekeyed > 0 { lines.append("key by identifier, since another has the key: \(Wording.number(rekeyed, "file"))") }
    return lines.joined(separator: "\n") + "\n"
  }
}
