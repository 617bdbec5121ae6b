public import Core
internal import Foundation
internal import GRDB

/// A step of one file through a migration.
public enum LedgerStep: Hashable, Sendable {
  /// The database has a pending record of the file; this counts an attempt.
  case begun
  /// The bucket has the file, with this proof.
  case sent(LedgerProof)
  /// The database knows digest and version.
  case received
  /// The object was compared with the file.
  case verified
  /// The attempt failed for this reason.
  case failed(String)
  /// The file stays on the disk only, for this reason.
  case skipped(String)
  /// The file is no longer on the disk; the row is that of the content that the bucket has, if it has one.
  case vanished
  /// The file is no longer on the disk, and was deleted in Stowage for that reason.
  case trashed
  /// The file was deleted in Stowage by a person.
  case deleted
  /// The content is not wanted, since a person deleted the path in Stowage; the row is that of the content before.
  case withdrawn
  /// The file has other properties now; the state stays.
  case reread(LedgerFacts)
  /// The file gets another identifier and key before it is sent again, and counts as found.
  case rekeyed(file: FileID, key: String)
}

extension MigrationLedger {
  /// Returns up to `limit` files in `state`, in the order of their numbers, behind the number `after`.
  public func rows(in state: LedgerState, after: Int64 = 0, limit: Int) throws(LedgerError) -> [LedgerRow] {
    try rows(.inState, ["state": state.rawValue, "after": after, "limit": limit])
  }

  /// Returns up to `limit` files in the order of their keys, which is the order of a bucket's list, behind `after`.
  public func rows(afterKey after: String, limit: Int) throws(LedgerError) -> [LedgerRow] {
    try rows(.byKey, ["after": after, "limit": limit])
  }

  /// Returns up to `limit` files in the order of their paths, as bytes, behind `after`.
  public func rows(afterPath after: [UInt8], limit: Int) throws(LedgerError) -> [LedgerRow] {
    try rows(.byPath, ["after": Data(after), "limit": limit])
  }

  /// Returns up to `limit` files that the bucket has and the last walks no longer found, behind the number `after`.
  public func rowsMissing(after: Int64 = 0, limit: Int) throws(LedgerError) -> [LedgerRow] {
    try rows(.missing, ["after": after, "limit": limit])
  }

  /// Returns the number of files that the bucket has and the last walks no longer found.
  public func missingCount() throws(LedgerError) -> Int {
    try read { connection in try Int(connection.first(LedgerStatement.missingCount, [:])?.integer("found") ?? 0) }
  }

  /// Returns the number of files that the bucket lost and the last walk did not find on the disk.
  public func lostCount() throws(LedgerError) -> Int {
    try read { connection in try Int(connection.first(LedgerStatement.lostCount, [:])?.integer("found") ?? 0) }
  }

  /// Returns up to `limit` files that the bucket lost and the last walk did not find on the disk, behind the number `after`.
  public func rowsLost(after: Int64 = 0, limit: Int) throws(LedgerError) -> [LedgerRow] {
    try rows(.lost, ["after": after, "limit": limit])
  }

  /// Returns the file at `path`; nil if the ledger does not have the path.
  public func row(at path: [UInt8]) throws(LedgerError) -> LedgerRow? { try rows(.atPath, ["path": Data(path)]).first }

  /// Returns the row of this file; nil if the ledger does not have the file.
  public func row(of file: FileID) throws(LedgerError) -> LedgerRow? {
    try rows(.ofFile, ["file": file.description]).first
  }

  /// Returns those of `files` that are contents of this ledger's paths, in their order.
  public func known(_ files: [FileID]) throws(LedgerError) -> [FileID] {
    try read { connection in
      try files.filter { try connection.returnsRow(LedgerStatement.knows, ["file": $0.description]) }
    }
  }

  /// Records a step of the file with the number `id`, durably.
  public func record(_ step: LedgerStep, of id: Int64, run: Int64) throws(LedgerError) {
    try record([(id, step)], run: run)
  }

  /// Records steps of several files in one transaction, durably.
  public func record(_ steps: [(id: Int64, step: LedgerStep)], run: Int64) throws(LedgerError) {
    try commit { connection in
      for (id, step) in steps {
        switch step {
        case .vanished:
          try connection.vanish(id, run: run)
          continue
        case .withdrawn where try connection.revert(id, to: .deleted, run: run): continue
        case .rekeyed: try connection.run(LedgerStatement.keepReplaced, ["id": id, "run": run])
        default: break
        }
        let (statement, values) = step.statement
        let common: Parameters = ["id": id, "run": run]
        guard try connection.changes(statement, common.merging(values) { $1 }) else {
          throw DatabaseError.unexpected(detail: "the ledger has no row \(id)")
        }
      }
    }
  }

  /// Calls `body` with each group of files whose paths differ only in case or in the composition of accents.
  ///
  /// The order in a group is that of the numbers. A group of more than 1,000 files is given in pieces.
  public func forEachAlike(_ body: ([LedgerRow]) throws -> Void) throws(LedgerError) {
    try read { connection in
      let rows = try GRDB.Row.fetchCursor(connection, sql: LedgerStatement.alike.rawValue)
      var group: [LedgerRow] = []
      var folded: Int64?
      while let row = try rows.next() {
        let next = try row.integer("folded")
        if next != folded || group.count == 1000 {
          if group.count > 1 { try body(group) }
          group = []
          folded = next
        }
        try group.append(LedgerRow(row))
      }
      if group.count > 1 { try body(group) }
    }
  }

  private func rows(_ statement: LedgerStatement, _ values: Parameters) throws(LedgerError) -> [LedgerRow] {
    try read { connection in try connection.run(statement, values).map(LedgerRow.init) }
  }
}

extension LedgerStep {
  /// The statement of the step, with its parameters besides `$id` and `$run`.
  fileprivate var statement: (LedgerStatement, Parameters) {
    switch self {
    case .begun: (.begin, [:])
    case .sent(let proof):
      (
        .prove,
        [
          "digest": proof.digest.description, "version": proof.version,
          "etag": proof.etag.map { "\(proof.digest) \($0)" },
          "part_size": proof.partSize,
          "part_digests": proof.partDigests.isEmpty ? nil : Data(proof.partDigests),
        ]
      )
    case .received: (.move, ["state": LedgerState.received.rawValue, "error": nil])
    case .verified: (.move, ["state": LedgerState.verified.rawValue, "error": nil])
    case .failed(let reason): (.move, ["state": LedgerState.failed.rawValue, "error": reason])
    case .skipped(let reason): (.move, ["state": LedgerState.skipped.rawValue, "error": reason])
    case .vanished: (.move, ["state": LedgerState.vanished.rawValue, "error": nil])
    case .trashed: (.trash, ["state": LedgerState.vanished.rawValue])
    case .deleted, .withdrawn: (.trash, ["state": LedgerState.deleted.rawValue])
    case .reread(let facts): (.reread, facts.parameters)
    case .rekeyed(let file, let key): (.rekey, ["file": file.description, "key": key])
    }
  }
}

extension LedgerFacts {
  var parameters: Parameters {
    [
      "size": size, "mtime": mtime, "inode": Int64(bitPattern: inode), "mode": Int64(mode), "uid": Int64(uid),
      "gid": Int64(gid),
    ]
  }
}
