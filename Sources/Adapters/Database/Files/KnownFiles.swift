public import Core
internal import GRDB

extension FileDatabase {
  /// Returns the elements of `keys` that are the raw key of a file in any state.
  public func knownRawKeys(_ keys: Set<String>) throws(StorageError) -> Set<String> {
    try read { connection in
      try keys.filter { key in try connection.returnsRow(FileStatement.byRawKey, ["key": key]) }
    }
  }

  /// Returns the owners of those `files` that exist, in any state.
  public func owners(of files: Set<FileID>) throws(StorageError) -> [FileID: UserID] {
    try read { connection in
      var owners: [FileID: UserID] = [:]
      for file in files {
        guard let row = try connection.first(FileStatement.owner, ["file": file.description]) else { continue }
        owners[file] = try row.value("user_id") { UserID($0) }
      }
      return owners
    }
  }
}
