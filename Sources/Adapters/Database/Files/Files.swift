public import Core
public import Foundation

/// The facts about a file that the delivery of an image needs, with the requested variant.
public struct ImageRecord: Hashable, Sendable {
  /// The state of the file; only a `ready` file is served.
  public let state: FileState
  /// The group of users who may view the image.
  public let visibility: Visibility
  /// The claimed type, or nil if Stowage does not support it or the file is a plain one.
  public let sourceType: FileType?
  /// The computed digest; nil before the file is ready.
  public let sha256: SHA256Digest?
  /// The current variant of the requested name, or nil if there is none.
  public let variant: Variant?
}

/// A file that the sweep checks.
public struct UnfinishedFile: Hashable, Sendable {
  /// The identifier of the file.
  public let id: FileID
  /// The owner of the file.
  public let user: UserID
  /// The state of the file.
  public let state: FileState
  /// The key of the upload in the raw bucket.
  public let rawKey: String
  /// The pinned version of the object; nil before the file is ready, and on a store without versions.
  public let versionID: String?
  /// The bytes of the owner's quota that the file currently reserves or uses.
  public let heldBytes: Int64
  /// The time at which the upload URL was signed.
  public let createdAt: Date
  /// The time at which the upload URL ends.
  public let expiresAt: Date

  init(_ row: any Row) throws {
    id = try row.value("id") { FileID($0) }
    user = try row.value("user_id") { UserID($0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    rawKey = try row.text("raw_key")
    versionID = try row.optionalText("version_id")
    heldBytes = try row.integer("held_bytes")
    createdAt = try row.date("created_at")
    expiresAt = try row.date("expires_at")
  }
}

extension FileDatabase {
  /// Returns the file with its current variants, in any state and of any owner; nil if it is unknown.
  public func file(_ id: FileID) throws(StorageError) -> FileRecord? {
    try read { connection in try connection.file(id) }
  }

  /// Returns the facts for the delivery of an image, from one indexed query; nil if the user has no such file.
  public func image(_ name: VariantName, of file: FileID, user: UserID) throws(StorageError) -> ImageRecord? {
    try read { connection in
      let row = try connection.first(
        VariantStatement.find,
        ["file": file.description, "user": user.description, "name": name.description]
      )
      guard let row else { return nil }
      return try ImageRecord(
        state: row.value("state") { FileState(rawValue: $0) },
        visibility: row.value("visibility") { Visibility(rawValue: $0) },
        sourceType: row.integer("is_plain") == 1 ? nil : FileType(contentType: row.text("source_type")),
        sha256: row.optionalValue("sha256") { SHA256Digest(hexadecimal: $0) },
        variant: row.optionalText("name") == nil ? nil : Variant(row)
      )
    }
  }

  /// Returns the keys of all variants that `file` ever had; a cache may contain each of them.
  public func issuedKeys(of file: FileID) throws(StorageError) -> [String] {
    try read { connection in
      try connection.run(VariantStatement.issued, ["file": file.description]).map { try $0.text("key") }
    }
  }

  /// Returns the `ready` files; see `unattendedFiles` for the pages.
  public func readyFiles(after last: FileID? = nil, limit: Int = 100) throws(StorageError) -> [FileID] {
    try read { connection in
      try connection.run(FileStatement.ready, ["after": last?.description ?? "", "limit": limit]).map { row in
        try row.value("id") { FileID($0) }
      }
    }
  }

  /// Returns the `pending` and `received` uploads created at or before `created` that have no job, ordered by identifier.
  ///
  /// The next page starts after the last identifier of this page. A page shorter than `limit` is the last page.
  public func unattendedFiles(
    createdBy created: Date,
    after last: FileID? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        FileStatement.unattended,
        ["created": created.milliseconds, "after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }

  /// Returns the `pending` uploads whose upload URL ended at or before `expired`.
  ///
  /// See `unattendedFiles` for the pages.
  public func overdueFiles(
    expiredBy expired: Date,
    after last: FileID? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        FileStatement.overdue,
        ["expired": expired.milliseconds, "after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }
}

extension Connection {
  /// Returns the same as `FileDatabase.file`, within the current transaction.
  func file(_ id: FileID) throws -> FileRecord? {
    guard let row = try first(FileStatement.find, ["file": id.description]) else { return nil }
    let variants = try run(VariantStatement.current, ["file": id.description]).map(Variant.init)
    return try FileRecord(row, variants: variants)
  }
}
