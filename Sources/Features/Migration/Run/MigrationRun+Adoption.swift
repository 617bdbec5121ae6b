import Core
import Database
import Foundation
import Synchronization

extension MigrationRun {
  /// Takes over the records of files with a key by identifier, and returns the rows that are still to be sent.
  ///
  /// Such a key is new at each attempt, so that the key of an earlier ledger is never found taken: the path is looked up.
  func takeOver(_ rows: [LedgerRow], _ run: Int64) throws(MigrationError) -> [LedgerRow] {
    let isNew = { (row: LedgerRow) in row.state == .found && row.attempts == 0 && row.hasOpaqueKey }
    let opaque = rows.filter(isNew)
    guard !opaque.isEmpty else { return rows }
    let earlier = try adopt(opaque.map { ($0, "") }, run)
    return rows.filter { !isNew($0) } + earlier.left.map(\.row) + earlier.pending
  }

  /// Takes over the records of files that a migration with another ledger, such as a lost one, brought from these paths.
  ///
  /// A record counts as that of the file if path, length and time are the same, as in a delta. Returns the files whose
  /// upload that migration did not finish, and those that have no such record.
  func adopt(
    _ files: [(row: LedgerRow, reason: String)],
    _ run: Int64
  ) throws(MigrationError) -> (pending: [LedgerRow], left: [(row: LedgerRow, reason: String)]) {
    var steps: [(id: Int64, step: LedgerStep)] = []
    var pending: [FileID] = []
    var left: [(row: LedgerRow, reason: String)] = []
    for (row, reason) in files {
      guard let known = try earlierRecord(of: row) else {
        left.append((row, reason))
        continue
      }
      steps.append((row.id, .rekeyed(file: known.id, key: known.rawKey)))
      if known.state == .pending {
        pending.append(known.id)
      } else if Self.isDeleted(known.state) {
        outcome.withLock { $0.deleted += 1 }
        steps.append((row.id, .deleted))
      } else if let digest = known.claimedSHA256 {
        outcome.withLock { $0.present += 1 }
        steps.append((row.id, .sent(LedgerProof(digest: digest, version: known.versionID))))
        steps.append((row.id, .received))
      }
    }
    try record(steps, run)
    let rows = try MigrationError.recording { [pending] () throws(LedgerError) in
      var rows: [LedgerRow] = []
      for file in pending { if let row = try ledger.row(of: file) { rows.append(row) } }
      return rows
    }
    return (rows, left)
  }

  /// Returns the record that another migration made of exactly this file; nil if there is none.
  private func earlierRecord(of row: LedgerRow) throws(MigrationError) -> FileRecord? {
    guard row.previous == nil, let path = try formerPath(of: row) else { return nil }
    let known = try MigrationError.storing { () throws(StorageError) in try database.file(formerPath: path) }
    guard let known, known.id != row.file, known.user == row.user, known.claimedSize == row.facts.size,
      abs(known.createdAt.timeIntervalSince1970 - Double(row.facts.mtime) / 1e9) < 0.002
    else { return nil }
    // A file that a migration deleted, since its path had vanished, is back.
    guard known.state == .pending || known.claimedSHA256 != nil, !Self.isDeleted(known.state) || known.replacedBy == nil
    else { return nil }
    let isFree = try MigrationError.recording { () throws(LedgerError) in try ledger.row(of: known.id) == nil }
    return isFree ? known : nil
  }
}
