public import Core

/// The accounts of all users together.
public struct AccountSums: Hashable, Sendable {
  /// The number of users.
  public let users: Int
  /// The bytes charged to all quotas.
  public let usedBytes: Int64
  /// The bytes reserved for uploads under way.
  public let reservedBytes: Int64
}

extension FileDatabase {
  /// Returns the sums over all users; the statement reads every user's row.
  public func accountSums() throws(StorageError) -> AccountSums {
    try read { connection in
      guard let row = try connection.first(UserStatement.sums, [:]) else {
        throw DatabaseError.unexpected(detail: "no sums of accounts")
      }
      return try AccountSums(
        users: Int(row.integer("users")),
        usedBytes: row.integer("used"),
        reservedBytes: row.integer("reserved")
      )
    }
  }
}
