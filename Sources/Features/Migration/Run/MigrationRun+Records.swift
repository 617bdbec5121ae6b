import Core
import Database
import Foundation
import Synchronization

extension MigrationRun {
  /// Gives the files pending records, and returns those that are to be sent.
  func begin(_ rows: [LedgerRow], _ run: Int64, _ now: Date) throws(MigrationError) -> [LedgerRow] {
    let rows = rows.filter { $0.file != nil && $0.user != nil && $0.key != nil }
    let outcomes = try MigrationError.storing { () throws(StorageError) in
      try database.beginMigratedFiles(rows.compactMap(newFile), makesUsers: settings.makesUsers, at: now)
    }
    var steps: [(id: Int64, step: LedgerStep)] = []
    var begun: [LedgerRow] = []
    for (row, outcome) in zip(rows, outcomes) {
      switch outcome {
      case .done:
        steps.append((row.id, .begun))
        begun.append(row)
      case .passed(let state): steps += try self.steps(for: row, found: state)
      case .taken(let other): steps.append(refused(row, "the key belongs to the file \(other)"))
      case .unknownUser:
        let user = row.user.map { Wording.printable($0.description) } ?? ""
        steps.append(refused(row, "there is no user \(user): --create-users makes one"))
      case .deletedBefore: steps.append(deleted(row))
      case .erasing: steps.append(refused(row, "the user is being erased"))
      case .foreignKey: steps.append(refused(row, "the key does not begin with the user"))
      case .unknownFile, .contradicted: steps.append(refused(row, "the database has another file of this identifier"))
      }
    }
    try record(steps, run)
    return begun
  }

  /// Passes the files that an earlier run sent and did not deliver to the database.
  func deliverSent(_ run: Int64, _ now: () -> Date) throws(MigrationError) {
    var last: Int64 = 0
    while true {
      let rows = try MigrationError.recording { () throws(LedgerError) in
        try ledger.rows(in: .sent, after: last, limit: Self.batch)
      }
      guard let end = rows.last else { return }
      last = end.id
      let known = rows.filter { $0.file != nil && $0.proof != nil }
      try deliver(known, known.compactMap(MigratedObject.init), run, now())
    }
  }

  /// Records the digests and versions of files in the database, with their jobs, and then in the ledger.
  func deliver(
    _ rows: [LedgerRow],
    _ objects: [MigratedObject],
    _ run: Int64,
    _ now: Date
  ) throws(MigrationError) {
    guard !objects.isEmpty else { return }
    let outcomes = try MigrationError.storing { () throws(StorageError) in
      try database.receiveMigratedFiles(objects, processing: settings.processing, at: now)
    }
    var steps: [(id: Int64, step: LedgerStep)] = []
    for (row, outcome) in zip(rows, outcomes) {
      switch outcome {
      case .done: steps.append((row.id, .received))
      case .passed(let state) where Self.isDeleted(state): steps.append(deleted(row))
      default: steps.append(refused(row, "the database refused the object: \(outcome)"))
      }
    }
    try record(steps, run)
  }

  private func newFile(_ row: LedgerRow) -> NewMigratedFile? {
    guard let file = row.file, let user = row.user, let key = row.key else { return nil }
    let name = MigratedName(path: row.path)
    return NewMigratedFile(
      id: file,
      user: user,
      filename: name.name.description,
      contentType: name.contentType,
      size: row.facts.size,
      rawKey: key,
      visibility: settings.visibility,
      createdAt: Date(timeIntervalSince1970: Double(row.facts.mtime) / 1e9),
      migration: settings.migration,
      predecessor: row.previous,
      acceptsUnscanned: settings.unscannedOver.map { row.facts.size > $0 } ?? false
    )
  }

  /// Returns the steps of a file whose record already has a later state.
  private func steps(
    for row: LedgerRow,
    found state: FileState
  ) throws(MigrationError) -> [(id: Int64, step: LedgerStep)] {
    if Self.isDeleted(state) { return [deleted(row)] }
    let record = try MigrationError.storing { () throws(StorageError) in try row.file.flatMap(database.file) }
    guard [.received, .ready, .quarantined].contains(state), let record, let digest = record.claimedSHA256 else {
      return [refused(row, "its record is \(state.rawValue)")]
    }
    outcome.withLock { $0.present += 1 }
    return [(row.id, .sent(LedgerProof(digest: digest, version: record.versionID))), (row.id, .received)]
  }

  /// True for the states after a deletion: such a file never comes back by a migration.
  private static func isDeleted(_ state: FileState) -> Bool { [.deleted, .purging, .purged].contains(state) }

  private func deleted(_ row: LedgerRow) -> (id: Int64, step: LedgerStep) {
    outcome.withLock { $0.deleted += 1 }
    return (row.id, .skipped("it was deleted in Stowage"))
  }

  private func refused(_ row: LedgerRow, _ reason: String) -> (id: Int64, step: LedgerStep) {
    outcome.withLock { $0.failed += 1 }
    return (row.id, .failed(reason))
  }
}

extension MigratedObject {
  /// The object of a file that was sent; nil without a proof.
  fileprivate init?(_ row: LedgerRow) {
    guard let file = row.file, let proof = row.proof else { return nil }
    self.init(file: file, sha256: proof.digest, size: row.facts.size, versionID: proof.version)
  }
}
