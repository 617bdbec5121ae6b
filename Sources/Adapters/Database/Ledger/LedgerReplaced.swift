public import Core
internal import GRDB

/// A content of a path that a newer one replaced before the database knew its end.
public struct LedgerReplaced: Hashable, Sendable {
  /// The identifier of the file.
  public let file: FileID
  /// The state in which the content was replaced; only `sent` says that the bucket has it.
  public let state: LedgerState
  /// The digest; nil unless the content was sent.
  public let digest: SHA256Digest?
  /// The version of the object; nil in a bucket without versions.
  public let version: String?
  /// The length in bytes.
  public let size: Int64

  init(_ row: any Row) throws {
    file = try row.value("file_id") { FileID($0) }
    state = try row.value("state") { LedgerState(rawValue: $0) }
    digest = try row.optionalValue("digest") { SHA256Digest(hexadecimal: $0) }
    version = try row.optionalText("version")
    size = try row.integer("size")
  }
}

extension MigrationLedger {
  /// Returns up to `limit` replaced contents whose records in the database may still be pending, behind `after`.
  public func unsettled(after last: FileID? = nil, limit: Int) throws(LedgerError) -> [LedgerReplaced] {
    try read { connection in
      try connection.run(LedgerStatement.unsettled, ["after": last?.description ?? "", "limit": limit])
        .map(LedgerReplaced.init)
    }
  }

  /// Records that the database knows the end of these replaced contents: received if they were sent, else abandoned.
  public func settle(_ contents: [LedgerReplaced]) throws(LedgerError) {
    try commit { connection in
      for content in contents {
        let state = content.state == .sent ? LedgerState.received : .vanished
        try connection.run(LedgerStatement.settle, ["file": content.file.description, "state": state.rawValue])
      }
    }
  }
}

extension GRDB.Database {
  /// Ends a row whose file vanished before its content was sent.
  ///
  /// The row becomes that of the last delivered content, which is missing on the disk; without one it is vanished.
  func vanish(_ id: Int64, run number: Int64) throws {
    let row: Parameters = ["id": id, "run": number]
    try run(LedgerStatement.keepReplaced, row)
    if try revert(id, to: nil, run: number) {
      try run(LedgerStatement.gone, row)
    } else {
      try run(LedgerStatement.move, row.merging(["state": LedgerState.vanished.rawValue, "error": nil]) { $1 })
    }
  }

  /// Makes the last delivered content the content of the row again, and returns false if there is none.
  ///
  /// With a state, the row keeps size and time of the newer content, which no walk takes for another change then.
  func revert(_ id: Int64, to state: LedgerState?, run number: Int64) throws -> Bool {
    let isReverted = try changes(
      LedgerStatement.revert,
      ["id": id, "run": number, "state": state?.rawValue, "keeps": state == nil ? 0 : 1]
    )
    if isReverted { try run(LedgerStatement.forgetReplaced, ["id": id]) }
    return isReverted
  }
}
