public import Core
public import Foundation

/// The remaining records of a user in the database.
public struct UserRemains: Hashable, Sendable {
  /// The number of files, in any state.
  public let files: Int
  /// True if the row of the user exists.
  public let hasRow: Bool

  /// True if the database has no record of the user.
  public var isNothing: Bool { files == 0 && !hasRow }
}

/// The erasure of a user with all files.
extension FileDatabase {
  /// Begins the erasure of the user, who can reserve no more quota from now on; returns false if the user is unknown.
  public func beginErasure(of user: UserID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.returnsRow(UserStatement.beginErasure, ["user": user.description, "now": now.milliseconds])
    }
  }

  /// Returns the user's files in all states; see `unattendedFiles` for the pages.
  public func files(
    of user: UserID,
    after last: FileID?,
    limit: Int
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        FileStatement.ofUser,
        ["user": user.description, "after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }

  /// Deletes the records of those `files` that are expired, aborted or purged and have no job; returns these files.
  public func erase(_ files: [FileID]) throws(StorageError) -> Set<FileID> {
    try write { connection in try Set(files.filter { try connection.erase($0) }) }
  }

  /// Deletes the record and the usage of a user who is being erased; returns false if files remain or no erasure has begun.
  public func erase(_ user: UserID) throws(StorageError) -> Bool {
    try write { connection in
      let name: Parameters = ["user": user.description]
      guard try connection.returnsRow(UserStatement.erase, name) else { return false }
      for statement in [UsageDayStatement.forgetCounts, .forgetUser, .forgetDays] {
        try connection.run(statement, name)
      }
      return true
    }
  }

  /// Returns the remaining records of the user; counts the rows of the files, since an erasure must not trust a counter.
  public func remains(of user: UserID) throws(StorageError) -> UserRemains {
    try read { connection in
      let files = try connection.first(UserStatement.countFiles, ["user": user.description])?.integer("found")
      return UserRemains(
        files: Int(files ?? 0),
        hasRow: try connection.returnsRow(UserStatement.find, ["user": user.description])
      )
    }
  }
}

extension Connection {
  fileprivate func erase(_ file: FileID) throws -> Bool {
    let name: Parameters = ["file": file.description]
    guard let row = try first(FileStatement.standing, name),
      try ["expired", "aborted", "purged"].contains(row.text("state")), try !returnsRow(JobStatement.ofFile, name)
    else { return false }
    try run(VariantStatement.erase, name)
    try run(MultipartStatement.erase, name)
    guard let row = try first(FileStatement.erase, name) else { return false }
    let former = try row.value("former") { FileState(rawValue: $0) }
    try count(
      HoldingStatement.Move(from: former, to: nil),
      of: row.text("user_id"),
      from: row.integer("held_bytes"),
      to: 0
    )
    return true
  }
}
