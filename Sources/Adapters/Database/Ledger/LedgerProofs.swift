internal import Core
public import Foundation
internal import GRDB

/// A path of the disk, as a row of the ledger knows it.
public struct LedgerGlance: Hashable, Sendable {
  /// The number of the row.
  public let id: Int64
  /// True if size and time of change are those of the row.
  public let isSame: Bool
  /// The entity tag of the object with the proven bytes; nil if it is not known.
  public let etag: String?
}

/// The proof of one file, for its row.
public struct LedgerConfirmation: Hashable, Sendable {
  /// The number of the row.
  public let id: Int64
  /// The entity tag of the proven bytes; nil to keep the recorded one.
  public let etag: String?
  /// True if the disk has the file.
  public let isOnDisk: Bool

  /// Creates a confirmation.
  public init(id: Int64, etag: String?, isOnDisk: Bool) {
    self.id = id
    self.etag = etag
    self.isOnDisk = isOnDisk
  }
}

/// The comparison of a ledger with disk and bucket.
extension MigrationLedger {
  /// Compares files of the disk with their rows, in the order of `files`; nil for a path that has no row.
  public func glances(_ files: [(path: [UInt8], facts: LedgerFacts)]) throws(LedgerError) -> [LedgerGlance?] {
    try read { connection in
      let glance = try connection.cachedStatement(sql: LedgerProofStatement.glance.rawValue)
      return try files.map { file in
        try GRDB.Row.fetchOne(glance, arguments: ["path": Data(file.path)]).map { row in
          let isSame = try row.integer("size") == file.facts.size && row.integer("mtime") == file.facts.mtime
          let digest = try row.optionalValue("digest") { SHA256Digest(hexadecimal: $0) }
          let etag = try row.optionalText("etag").flatMap { tag in digest.flatMap { ProvenTag(text: tag)?.etag(of: $0) }
          }
          return LedgerGlance(id: try row.integer("id"), isSame: isSame, etag: etag)
        }
      }
    }
  }

  /// Returns the rows with these keys in their order, compared byte for byte; nil for a key that no row has.
  public func rows(withKeys keys: [String]) throws(LedgerError) -> [LedgerRow?] {
    try read { connection in
      let find = try connection.cachedStatement(sql: LedgerProofStatement.withKey.rawValue)
      return try keys.map { key in
        guard let row = try GRDB.Row.fetchOne(find, arguments: ["key": key]).map(LedgerRow.init),
          row.key?.utf8.elementsEqual(key.utf8) == true
        else { return nil }
        return row
      }
    }
  }

  /// Returns up to `limit` numbers of rows behind the number `after`, in order.
  public func ids(after: Int64, limit: Int) throws(LedgerError) -> [Int64] {
    try read { connection in
      try Int64.fetchAll(
        connection.cachedStatement(sql: LedgerProofStatement.ids.rawValue),
        arguments: ["after": after, "limit": limit]
      )
    }
  }

  /// Returns the rows with these numbers.
  public func rows(_ ids: [Int64]) throws(LedgerError) -> [LedgerRow] {
    try read { connection in
      let find = try connection.cachedStatement(sql: LedgerProofStatement.numbered.rawValue)
      return try ids.compactMap { id in try GRDB.Row.fetchOne(find, arguments: ["id": id]).map(LedgerRow.init) }
    }
  }

  /// Records that objects were proven, durably; `doubtful` are the rows whose earlier proof no longer holds.
  ///
  /// `lost` are the rows whose object the bucket no longer has, or has with other bytes: the next walk takes each as a
  /// changed file.
  public func confirm(
    _ proven: [LedgerConfirmation],
    doubtful: [Int64],
    lost: [Int64] = [],
    run: Int64,
    at now: Date
  ) throws(LedgerError) {
    guard !(proven.isEmpty && doubtful.isEmpty && lost.isEmpty) else { return }
    try commit { connection in
      for file in proven {
        _ = try connection.changes(
          LedgerProofStatement.confirm,
          [
            "id": file.id, "etag": file.etag, "on_disk": file.isOnDisk ? 1 : 0, "run": run, "now": now.milliseconds,
          ]
        )
      }
      for id in lost { _ = try connection.changes(LedgerProofStatement.lose, ["id": id, "run": run]) }
      for id in doubtful { _ = try connection.changes(LedgerProofStatement.doubt, ["id": id, "run": run]) }
    }
  }

  /// Returns up to `limit` files that were proven before `date` and are on the disk, in the order of their paths.
  public func prunable(before date: Date, after: [UInt8], limit: Int) throws(LedgerError) -> [LedgerRow] {
    try read { connection in
      try connection.run(
        LedgerProofStatement.prunable,
        ["before": date.milliseconds, "after": Data(after), "limit": limit]
      )
      .map(LedgerRow.init)
    }
  }

  /// Returns the number and the bytes of the files that were proven before `date` and are on the disk.
  public func prunableTotal(before date: Date) throws(LedgerError) -> LedgerTotal {
    try read { connection in
      let row = try connection.first(LedgerProofStatement.prunableTotal, ["before": date.milliseconds])
      return LedgerTotal(files: Int(try row?.integer("files") ?? 0), bytes: try row?.integer("bytes") ?? 0)
    }
  }

  /// Records that a file is about to be removed from the disk, durably.
  public func recordRemoved(_ id: Int64, run: Int64, at now: Date) throws(LedgerError) {
    try commit { connection in
      _ = try connection.changes(LedgerProofStatement.remove, ["id": id, "run": run, "now": now.milliseconds])
    }
  }

  /// Takes back that a file was removed from the disk, durably.
  public func recordKept(_ id: Int64, run: Int64) throws(LedgerError) {
    try commit { connection in _ = try connection.changes(LedgerProofStatement.keep, ["id": id, "run": run]) }
  }

  /// Returns the number and the bytes of the files that the bucket has and that were removed from the disk.
  public func removedTotal() throws(LedgerError) -> LedgerTotal {
    try read { connection in
      let row = try connection.first(LedgerProofStatement.removedTotal, [:])
      return LedgerTotal(files: Int(try row?.integer("files") ?? 0), bytes: try row?.integer("bytes") ?? 0)
    }
  }

  /// Returns up to `limit` paths of files that were removed from the disk, in order, behind `after`.
  public func removedPaths(after: [UInt8], limit: Int) throws(LedgerError) -> [[UInt8]] {
    try read { connection in
      try connection.run(LedgerProofStatement.removedPaths, ["after": Data(after), "limit": limit]).map { row in
        [UInt8](try row.bytes("path"))
      }
    }
  }
}
