internal import Core
public import Database
public import Foundation

/// The choices of a removal of migrated files from the disk.
public struct PruneSettings: Sendable {
  /// Only files that were verified before this time are removed.
  public var verifiedBefore: Date
  /// True if files that the checks refused are removed as well.
  public var includesQuarantined = false
  /// True if files that were accepted without a scan are removed as well.
  public var includesUnscanned = false
  /// True if nothing is removed, and everything else is done.
  public var isDryRun = false
  /// True if folders that this removal or an earlier one left empty are removed.
  public var removesEmptyFolders = false
  /// True if every object is read back; false if the store's checksum suffices.
  public var readsBack = false
  /// The number of threads.
  public var threads: Int
  /// The limit of bytes per second from the bucket; nil for none.
  public var bandwidth: BandwidthLimiter?
  /// The number of seconds for which the removal waits for a store that does not answer.
  public var patience = 120.0
  /// Receives events of the store, on any thread.
  public var report: @Sendable (SenderEvent) -> Void = { _ in }

  /// Creates settings that remove ready and deleted files.
  public init(verifiedBefore: Date, threads: Int = SenderPool.usualThreads) {
    self.verifiedBefore = verifiedBefore
    self.threads = max(1, threads)
  }

  /// Returns the reason for which a file with this record stays on the disk; nil if the record permits its removal.
  func objection(_ record: MigratedFacts?, _ row: LedgerRow) -> String? {
    guard let record, let proof = row.proof, let key = row.key else { return "the database has no record of it" }
    guard record.rawKey.utf8.elementsEqual(key.utf8), record.user == row.user, record.version == proof.version,
      record.size == row.facts.size, record.claimedSHA256 == proof.digest,
      record.sha256 == nil || record.sha256 == proof.digest
    else { return "its record differs from the ledger" }
    switch record.state {
    case .ready, .deleted: break
    case .quarantined where includesQuarantined: return nil
    case .quarantined: return "it is quarantined (--include-quarantined removes it)"
    case .received: return "it is not checked yet"
    default: return "its record is \(record.state.rawValue)"
    }
    guard record.acceptsUnscanned, !includesUnscanned else { return nil }
    return "it was accepted without a scan (--include-unscanned removes it)"
  }
}

/// The result of one file.
public struct PruneLine: Hashable, Sendable {
  /// The path below the root, as bytes.
  public let path: [UInt8]
  /// The reason for which the file stays; nil if it was removed.
  public let kept: String?
}

/// The result of a removal.
public struct PruneOutcome: Hashable, Sendable, Encodable {
  /// The files that were removed, or would be.
  public var removed = LedgerTotal()
  /// The files that stay.
  public var kept = LedgerTotal()
  /// The folders that were removed.
  public var folders = 0
  /// True if the removal was stopped before its end.
  public var isStopped = false

  /// Creates an empty result.
  public init() {}
}

/// The failures that end a removal.
public enum PruneError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The list of removed files cannot be written, so no further file is removed.
  case list(path: String, reason: String)

  /// The failure as one sentence.
  public var description: String {
    switch self {
    case .list(let path, let reason): "The list \(path) cannot be written: \(reason). No further file was removed."
    }
  }
}
