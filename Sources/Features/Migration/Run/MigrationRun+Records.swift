import Core
import Database
import Foundation
import Synchronization

extension MigrationRun {
  /// Gives the files pending records, and returns those that are to be sent.
  ///
  /// A file whose key belongs to another file is that file, if an earlier ledger brought it; else it gets a key by its
  /// identifier, once.
  func begin(
    _ rows: [LedgerRow],
    _ run: Int64,
    _ now: Date,
    isRekeyed: Bool = false
  ) throws(MigrationError) -> [LedgerRow] {
    let rows = isRekeyed ? rows : try takeOver(rows, run)
    var known: [LedgerRow] = []
    var files: [NewMigratedFile] = []
    for row in rows {
      guard let file = try newFile(row) else { continue }
      known.append(row)
      files.append(file)
    }
    let outcomes = try MigrationError.storing { [files] () throws(StorageError) in
      try database.beginMigratedFiles(files, makesUsers: settings.makesUsers, at: now)
    }
    var steps: [(id: Int64, step: LedgerStep)] = []
    var begun: [LedgerRow] = []
    var taken: [(row: LedgerRow, reason: String)] = []
    for (row, outcome) in zip(known, outcomes) {
      switch outcome {
      case .done:
        steps.append((row.id, .begun))
        begun.append(row)
      case .taken(let other) where !isRekeyed: taken.append((row, "the key belongs to the file \(other)"))
      case .passed(.aborted) where !isRekeyed: taken.append((row, "an earlier run gave up the file of this key"))
      case .taken(let other): steps.append(refused(row, "the key belongs to the file \(other)"))
      case .passed(let state): steps += try self.steps(for: row, found: state)
      case .unknownUser:
        let user = row.user.map { Wording.printable($0.description) } ?? ""
        steps.append(refused(row, "there is no user \(user): --create-users makes one"))
      case .deletedBefore: steps.append(withdrawn(row))
      case .erasing: steps.append(refused(row, "the user is being erased"))
      case .foreignKey: steps.append(refused(row, "the key does not begin with the user"))
      case .unknownFile, .contradicted: steps.append(refused(row, "the database has another file of this identifier"))
      }
    }
    try record(steps, run)
    let others = try adopt(taken, run)
    let renamed = try rekey(others.left, run) + others.pending
    return renamed.isEmpty ? begun : try begun + begin(renamed, run, now, isRekeyed: true)
  }

  /// Gives the files new identifiers, and keys made from them; records findings with the reasons.
  @discardableResult
  func rekey(_ files: [(row: LedgerRow, reason: String)], _ run: Int64) throws(MigrationError) -> [LedgerRow] {
    guard !files.isEmpty else { return [] }
    var steps: [(id: Int64, step: LedgerStep)] = []
    var findings: [LedgerFinding] = []
    var identifiers: [FileID] = []
    for (row, reason) in files {
      guard let user = row.user else { continue }
      let file = FileID(at: .now)
      identifiers.append(file)
      steps.append((row.id, .rekeyed(file: file, key: MigrationKey.opaque(user, file))))
      findings.append(
        LedgerFinding(code: FindingCode.rekeyed.rawValue, path: row.path, detail: reason, isLasting: true)
      )
    }
    try record(steps, run)
    return try MigrationError.recording { [findings, identifiers] () throws(LedgerError) in
      try ledger.addForNextWalk(findings)
      outcome.withLock { $0.rekeyed += identifiers.count }
      var rows: [LedgerRow] = []
      for file in identifiers { if let row = try ledger.row(of: file) { rows.append(row) } }
      return rows
    }
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
    for ((row, object), outcome) in zip(zip(rows, objects), outcomes) {
      switch outcome {
      case .done: steps.append((row.id, .received))
      case .passed(let state) where Self.isDeleted(state): withdraw(row, object, &steps)
      case .unknownFile where try isErased(row.user): withdraw(row, object, &steps)
      default: steps.append(refused(row, "the database refused the object: \(outcome)"))
      }
    }
    try record(steps, run)
  }

  private func newFile(_ row: LedgerRow) throws(MigrationError) -> NewMigratedFile? {
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
      formerPath: try formerPath(of: row),
      acceptsUnscanned: settings.unscannedOver.map { row.facts.size > $0 } ?? false
    )
  }

  /// Returns the path by which a former URL names the file; nil if another file of the tree has the same one.
  func formerPath(of row: LedgerRow) throws(MigrationError) -> FormerPath? {
    guard case .user(let user, let below) = settings.owner.owner(of: row.path), user == row.user else { return nil }
    guard row.hasOpaqueKey else { return FormerPath(user: user, path: below) }
    let isTwin = try MigrationError.recording { () throws(LedgerError) in
      try ledger.hasFinding(FindingCode.keyTaken.rawValue, at: row.path)
    }
    return isTwin ? nil : FormerPath(user: user, path: below)
  }

  /// Returns the steps of a file whose record already has a later state.
  private func steps(
    for row: LedgerRow,
    found state: FileState
  ) throws(MigrationError) -> [(id: Int64, step: LedgerStep)] {
    if Self.isDeleted(state) { return [withdrawn(row)] }
    let record = try MigrationError.storing { () throws(StorageError) in try row.file.flatMap(database.file) }
    guard [.received, .ready, .quarantined].contains(state), let record, let digest = record.claimedSHA256 else {
      return [refused(row, "its record is \(state.rawValue)")]
    }
    outcome.withLock { $0.present += 1 }
    return [(row.id, .sent(LedgerProof(digest: digest, version: record.versionID))), (row.id, .received)]
  }

  /// True for the states after a deletion: such a file never comes back by a migration.
  static func isDeleted(_ state: FileState) -> Bool { [.deleted, .purging, .purged].contains(state) }

  func withdrawn(_ row: LedgerRow) -> (id: Int64, step: LedgerStep) {
    outcome.withLock { $0.deleted += 1 }
    return (row.id, .withdrawn)
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
