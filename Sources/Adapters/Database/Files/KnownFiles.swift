public import Core

/// The file to which a key in the raw bucket belongs.
public struct KeyHolder: Hashable, Sendable {
  /// The identifier of the file.
  public let file: FileID
  /// The owner of the file.
  public let user: UserID
  /// The state of the file.
  public let state: FileState
  /// True if a migration brought the file.
  public let isMigrated: Bool

  init(_ row: any Row) throws {
    file = try row.value("id") { FileID($0) }
    user = try row.value("user_id") { UserID($0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    isMigrated = try row.optionalText("migration") != nil
  }
}

extension FileDatabase {
  /// Returns the file with exactly this raw key, in any state and of any owner; nil if there is none.
  public func file(rawKey: String) throws(StorageError) -> FileRecord? {
    try read { connection in try connection.holder(of: rawKey).flatMap { try connection.file($0.file) } }
  }

  /// Returns the files with these raw keys, in any state and in the order of `keys`; nil for the key of no file.
  ///
  /// The database compares keys byte for byte. A set of texts would unite keys that differ only by Unicode
  /// normalization.
  public func holders(ofRawKeys keys: [String]) throws(StorageError) -> [KeyHolder?] {
    try read { connection in try keys.map { try connection.holder(of: $0) } }
  }

  /// Returns the files to which objects of the raw bucket belong, in the order of `keys`: by the raw key, or as the
  /// checked copy of an upload; nil for an object of no file.
  public func holders(ofRawObjects keys: [String]) throws(StorageError) -> [KeyHolder?] {
    try read { connection in
      try keys.map { key in
        if let holder = try connection.holder(of: key) { return holder }
        guard let upload = RawKey(kept: key), let holder = try connection.holder(of: upload.description) else {
          return nil
        }
        // The key of a migrated file can have the form of any other key.
        return holder.isMigrated ? nil : holder
      }
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

extension Connection {
  /// Returns the file with exactly this raw key.
  ///
  /// SQLite gets a text up to its first NUL, so the key of the row is compared again.
  func holder(of rawKey: String) throws -> KeyHolder? {
    guard let row = try first(FileStatement.byRawKey, ["key": rawKey]),
      try row.text("raw_key").utf8.elementsEqual(rawKey.utf8)
    else { return nil }
    return try KeyHolder(row)
  }
}

extension RawKey {
  /// The upload of which `key` is the checked copy; nil if `key` has another format.
  public init?(kept key: String) {
    guard let upload = RawKey(key.replacing("/kept.", with: "/original.")), upload.kept == key else { return nil }
    self = upload
  }
}
