public import Core
public import Foundation
internal import GRDB

/// What the database still knows of a user.
public struct UserRemains: Hashable, Sendable {
  /// Files in any state.
  public let files: Int
  /// Whether the user's own row is there.
  public let hasRow: Bool

  /// Whether there is nothing.
  public var isNothing: Bool { files == 0 && !hasRow }
}

/// The end of everything of a user's.
extension FileDatabase {
  /// From now on nothing can be reserved for the user, for good; false for one who never came.
  public func beginErasure(of user: UserID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.returnsRow(UserStatement.beginErasure, ["user": user.description, "now": now.milliseconds])
    }
  }

  /// The user's files in all states, in pages as `unattendedFiles` has them.
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

  /// Forgets those of `files` that are over and that no job is left of, with all that is known of them, and returns them.
  public func erase(_ files: [FileID]) throws(StorageError) -> Set<FileID> {
    try write { connection in try Set(files.filter { try connection.erase($0) }) }
  }

  /// Forgets a user who is being erased, and whose files are all forgotten; false where that is not so.
  public func erase(_ user: UserID) throws(StorageError) -> Bool {
    try write { connection in try connection.returnsRow(UserStatement.erase, ["user": user.description]) }
  }

  /// What there still is of the user.
  public func remains(of user: UserID) throws(StorageError) -> UserRemains {
    try read { connection in
      let holdings = try connection.run(UserStatement.holdings, ["user": user.description]).map(Holding.init)
      return UserRemains(
        files: holdings.map(\.count).reduce(0, +),
        hasRow: try connection.returnsRow(UserStatement.find, ["user": user.description])
      )
    }
  }
}

extension GRDB.Database {
  fileprivate func erase(_ file: FileID) throws -> Bool {
    let name: Parameters = ["file": file.description]
    guard let row = try first(FileStatement.standing, name),
      try ["expired", "aborted", "purged"].contains(row.text("state")), try !returnsRow(JobStatement.ofFile, name)
    else { return false }
    try run(VariantStatement.erase, name)
    try run(MultipartStatement.erase, name)
    return try returnsRow(FileStatement.erase, name)
  }
}
