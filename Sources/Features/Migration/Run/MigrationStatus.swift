internal import Core
public import Database
public import Foundation

/// The state of a migration, from its ledger.
public struct MigrationStatus: Sendable, Encodable {
  /// A file that failed, with the reason.
  public struct Trouble: Sendable, Encodable {
    /// The path below the root as printable text.
    public let path: String
    /// The reason.
    public let reason: String
  }

  /// The last use of a command.
  public struct Use: Sendable, Encodable {
    /// The command: `run`, `verify` or `prune`.
    public let command: String
    /// The start.
    public let startedAt: Date
    /// The end; nil for a command that is under way, that was killed, or that an error ended.
    public let endedAt: Date?
    /// `done` for a command that reached its end, and `stopped` for one that a signal ended; nil like the end.
    public let outcome: String?
  }

  /// The number of files that are listed.
  public static let maximumListed = 20

  /// True if a command writes the ledger at this moment.
  public let isUnderWay: Bool
  /// The process of this command; nil if there is none, or if its number is unknown.
  public let process: Int32?
  /// The last use of each command, the newest first.
  public let uses: [Use]
  /// The number of runs, without verifications and removals.
  public let runs: Int
  /// The files and bytes by state.
  public let totals: [String: LedgerTotal]
  /// The files that the next run sends.
  public let unfinished: LedgerTotal
  /// The first files that failed.
  public let failed: [Trouble]
  /// The entries that stay on the disk only.
  public let stayBehind: Int
  /// The findings of the last walk, and of files that are in the ledger.
  public let findings: [FindingGroup]
  /// The number of files that the bucket has and the last walk no longer found.
  public let missing: Int
  /// The first of these paths.
  public let missingPaths: [String]
  /// The files that the bucket has and `stowage migrate prune` removed from the disk.
  public let pruned: LedgerTotal
  /// The number of files whose object the bucket lost, and which are not on the disk either.
  public let lost: Int
  /// The first of these paths.
  public let lostPaths: [String]
  /// The number of files that got a key by their identifier, since something else has the key of their path.
  public let rekeyed: Int

  /// Reads the state from `ledger`.
  public init(_ ledger: MigrationLedger) throws(LedgerError) {
    let writer = ledger.writer
    isUnderWay = writer != nil
    process = writer.flatMap { $0 > 0 ? $0 : nil }
    let runs = try ledger.runs(limit: 1000)
    self.runs = runs.count { Self.command($0.kind) == "run" }
    var uses: [Use] = []
    for run in runs where !uses.contains(where: { $0.command == Self.command(run.kind) }) {
      uses.append(
        Use(command: Self.command(run.kind), startedAt: run.startedAt, endedAt: run.endedAt, outcome: run.outcome)
      )
    }
    self.uses = uses
    let totals = try ledger.totals()
    self.totals = totals.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
    unfinished = totals.reduce(into: LedgerTotal()) { sum, entry in
      guard LedgerState.unfinished.contains(entry.key) else { return }
      sum.files += entry.value.files
      sum.bytes += entry.value.bytes
    }
    failed = try ledger.rows(in: .failed, limit: Self.maximumListed).map {
      Trouble(path: printable($0.path), reason: Wording.printable($0.error ?? ""))
    }
    findings = try FindingGroup.all(in: ledger)
    stayBehind = findings.stayBehind
    missing = try ledger.missingCount()
    missingPaths = try ledger.rowsMissing(limit: Self.maximumListed).map { printable($0.path) }
    pruned = try ledger.removedTotal()
    lost = try ledger.lostCount()
    lostPaths = try ledger.rowsLost(limit: Self.maximumListed).map { printable($0.path) }
    rekeyed = findings.first { $0.code == .rekeyed }?.count ?? 0
  }

  /// The command of a kind of run: a delta is a run, too.
  private static func command(_ kind: String) -> String { kind == "delta" ? "run" : kind }
}
