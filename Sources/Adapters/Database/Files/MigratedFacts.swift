public import Core

/// The facts of a record that a comparison with tree, ledger and bucket needs.
public struct MigratedFacts: Hashable, Sendable {
  /// The owner.
  public let user: UserID
  /// The state.
  public let state: FileState
  /// The key in the raw bucket.
  public let rawKey: String
  /// The pinned version; nil on a store without versions.
  public let version: String?
  /// The length in bytes: the measured one, or the claimed one before the file is ready.
  public let size: Int64
  /// The digest that the migration claimed; nil before the file is received.
  public let claimedSHA256: SHA256Digest?
  /// The digest that a worker computed; nil before the file is checked.
  public let sha256: SHA256Digest?
  /// True if the file is accepted even if it is too large for the scanner.
  public let acceptsUnscanned: Bool

  init(_ row: any Row) throws {
    user = try row.value("user_id") { UserID($0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    rawKey = try row.text("raw_key")
    version = try row.optionalText("version_id")
    let claimed = try row.integer("claimed_size")
    size = try row.optionalInteger("size") ?? claimed
    claimedSHA256 = try row.optionalValue("claimed_sha256") { SHA256Digest(hexadecimal: $0) }
    sha256 = try row.optionalValue("sha256") { SHA256Digest(hexadecimal: $0) }
    acceptsUnscanned = try row.integer("accepts_unscanned") == 1
  }
}

extension FileDatabase {
  /// Returns the facts of these files in their order, from one snapshot; nil for a file without a record.
  public func migratedFacts(of files: [FileID?]) throws(StorageError) -> [MigratedFacts?] {
    try read { connection in
      try files.map { file in
        guard let file else { return nil }
        return try connection.first(MigratedFactsStatement.find, ["file": file.description]).map(MigratedFacts.init)
      }
    }
  }
}

/// The SQL statement about the facts of a record.
enum MigratedFactsStatement: String, Statement {
  case find = """
    SELECT user_id, state, raw_key, version_id, claimed_size, size, claimed_sha256, sha256, accepts_unscanned
    FROM files WHERE id = $file
    """
}
