public import Core

/// The file to which an object of the raw bucket belongs.
public struct StoredFile: Hashable, Sendable {
  /// The owner of the file.
  public let user: UserID
  /// True if the file is quarantined.
  public let isQuarantined: Bool
  /// The version of the checked object; nil on a store without versions, and before the check.
  public let versionID: String?
  /// True if the checked object has the tag of `RetentionRule`, or may have it.
  public let isTagged: Bool

  fileprivate init(_ row: any Row) throws {
    user = try row.value("user_id") { UserID($0) }
    isQuarantined = try row.text("state") == FileState.quarantined.rawValue
    versionID = try row.optionalText("version_id")
    isTagged = try row.integer("retention_tag") == 1
  }
}

extension FileDatabase {
  /// Returns the files of objects of the raw bucket, in the order of `keys`; nil for an object of no file.
  ///
  /// An object belongs to a file by the raw key, or as the checked copy of an upload. Equal keys that follow one another are looked
  /// up once.
  public func storedFiles(ofRawObjects keys: [String]) throws(StorageError) -> [StoredFile?] {
    try read { connection in
      var (files, previous): ([StoredFile?], String?) = ([], nil)
      for key in keys {
        if let previous, previous.utf8.elementsEqual(key.utf8), let last = files.last {
          files.append(last)
          continue
        }
        previous = key
        files.append(try connection.storedFile(key))
      }
      return files
    }
  }
}

extension Connection {
  fileprivate func storedFile(_ key: String) throws -> StoredFile? {
    if let row = try storedRow(key) { return try StoredFile(row) }
    guard let upload = RawKey(kept: key), let row = try storedRow(upload.description) else { return nil }
    // The key of a migrated file can have the form of any other key.
    return try row.optionalText("migration") == nil ? StoredFile(row) : nil
  }

  /// SQLite gets a text up to its first NUL, so the key of the row is compared again.
  private func storedRow(_ key: String) throws -> (any Row)? {
    guard let row = try first(UsageReadStatement.file, ["key": key]),
      try row.text("raw_key").utf8.elementsEqual(key.utf8)
    else { return nil }
    return row
  }
}
