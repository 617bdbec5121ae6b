internal import Core
internal import Database
internal import Storage

/// The file of a row on the disk.
enum DiskState: Sendable {
  /// Length and time of change are those of the row.
  case same
  /// Length or time of change differ.
  case changed
  /// The walk did not meet the file.
  case gone
  /// `stowage migrate prune` removed the file.
  case removed
  /// The walk could not read a folder above the file.
  case unread
  /// There is no folder to look at.
  case unknown

  /// True if the disk has the file.
  var isPresent: Bool { self == .same || self == .changed }
}

/// One file of the ledger, with its record and the version that the list shows.
struct ProofTask: Sendable {
  let row: LedgerRow
  let disk: DiskState
  let record: MigratedFacts?
  let listed: VersionSummary?
  /// True if the bytes of the object are to be read back.
  let reads: Bool
  /// True if the file of the source is to be read and compared with the digest.
  let hashes: Bool
  /// The place of the source, such as `on the disk`.
  let place: String

  /// The result that needs neither a request nor a look at the disk; nil if one is necessary.
  var early: ProofResult? {
    guard row.state.isDelivered, let proof = row.proof, row.file != nil, let key = row.key else {
      if row.state == .deleted || record?.state.isGone == true { return ProofResult(self, .deleted) }
      let isExpected = disk.isPresent || disk == .unknown && row.state != .vanished
      return isExpected ? line(.missing, undelivered) : ProofResult(self, .nothing)
    }
    guard let record else { return line(.missing, "the database has no record of the file") }
    if record.state == .purging || record.state == .purged { return ProofResult(self, .deleted) }
    let differences = [
      record.rawKey.utf8.elementsEqual(key.utf8) ? nil : "the record has another key",
      record.user == row.user ? nil : "the record has another owner",
      Self.kept.contains(record.state) ? nil : "the record is \(record.state.rawValue)",
      record.size == row.facts.size ? nil : "the record has the length \(record.size), not \(row.facts.size)",
      record.version == proof.version ? nil : "the record has another version",
      [nil, proof.digest].contains(record.claimedSHA256) && [nil, proof.digest].contains(record.sha256)
        ? nil : "the record has another SHA-256",
    ].compactMap(\.self)
    return differences.first.map { line(.different, $0) }
  }

  private static let kept: Set<FileState> = [.received, .ready, .quarantined, .deleted]

  private var undelivered: String {
    switch row.state {
    case .skipped: "it stays \(place) only: \(Wording.printable(row.error ?? "no reason is recorded"))"
    case .failed: "sending it failed: \(Wording.printable(row.error ?? "no reason is recorded"))"
    default: "it was not sent yet: the next run sends it"
    }
  }

  /// The result of comparing the object, and of the disk's file.
  func result(_ object: ObjectVerdict, hashed: Result<Bool, TreeError>? = nil) -> ProofResult {
    var result = compared(object, hashed)
    if case .success? = hashed { result.isHashed = true }
    switch object {
    case .different, .missing: result.isLost = record?.state.isGone != true
    case .proven, .unproven, .failed: break
    }
    return result
  }

  private func compared(_ object: ObjectVerdict, _ hashed: Result<Bool, TreeError>?) -> ProofResult {
    switch object {
    case .different(let reason): return line(.different, reason)
    case .failed(let reason): return line(.error, "the store: \(Wording.printable(reason))")
    case .missing:
      if record?.state.isGone == true { return ProofResult(self, .deleted) }
      switch disk {
      case .same, .unknown: return line(.missing, "the bucket does not have it")
      default: return line(.missing, "the bucket does not have it, and it is not \(place)")
      }
    case .proven, .unproven: break
    }
    if record?.state.isGone == true, !disk.isPresent { return ProofResult(self, .deleted) }
    switch disk {
    case .gone: return line(.extra, "it is no longer \(place)")
    case .changed: return line(.different, "it changed \(place) after it was sent")
    case .unread: return line(.error, "its folder cannot be read")
    case .same, .removed, .unknown: break
    }
    switch hashed {
    case .failure(let error)?: return line(.error, "\(place): \(Wording.printable(error.description))")
    case .success(false)?: return line(.different, "the bytes \(place) have another SHA-256, with the same time")
    case .success(true)?, nil: break
    }
    guard case .proven(let means, let etag) = object else { return ProofResult(self, .unproven) }
    return ProofResult(self, .proven(means, etag: etag))
  }

  private func line(_ sign: ProofSign, _ reason: String) -> ProofResult { ProofResult(self, .line(sign, reason)) }
}

/// The result of one file or object.
struct ProofResult: Sendable {
  enum Outcome: Sendable {
    case proven(ProofMeans, etag: String?)
    case line(ProofSign, String)
    case unproven
    case deleted
    case nothing
  }

  let path: [UInt8]
  let outcome: Outcome
  /// The row of the ledger; nil for a path or a key that the ledger does not have.
  var id: Int64?
  var size: Int64 = 0
  var disk = DiskState.gone
  var wasVerified = false
  var isHashed = false
  /// True if the bucket no longer has the object with the right bytes.
  var isLost = false

  init(_ task: ProofTask, _ outcome: Outcome) {
    path = task.row.path
    self.outcome = outcome
    id = task.row.id
    size = task.row.facts.size
    disk = task.disk
    wasVerified = task.row.state == .verified
  }

  init(path: [UInt8], _ sign: ProofSign, _ reason: String) {
    self.path = path
    outcome = .line(sign, reason)
  }
}

extension FileState {
  /// True for the states after a deletion in Stowage.
  var isGone: Bool { self == .deleted || self == .purging || self == .purged }
}
