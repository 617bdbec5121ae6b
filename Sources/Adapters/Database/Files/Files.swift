public import Core
public import Foundation
internal import GRDB

/// What a file's image answers by: where the file stands, and the variant of the name that was asked for.
public struct ImageRecord: Hashable, Sendable {
  /// Where the file stands; only `ready` is servable.
  public let state: FileState
  /// Who may look.
  public let visibility: Visibility
  /// The claimed type, where it is one that Stowage judges.
  public let sourceType: FileType?
  /// The true digest, once it is ready.
  public let sha256: SHA256Digest?
  /// The current variant of this name, or nil where there is none.
  public let variant: Variant?
}

/// A file that the sweep looks after.
public struct UnfinishedFile: Hashable, Sendable {
  /// The file.
  public let id: FileID
  /// The owner.
  public let user: UserID
  /// Where it stands.
  public let state: FileState
  /// Its key in the raw bucket.
  public let rawKey: String
  /// The pinned version of the object; nil before it is ready, and on a store without versions.
  public let versionID: String?
  /// What it takes of its owner's quota now, in bytes.
  public let heldBytes: Int64
  /// When the upload was presigned.
  public let createdAt: Date
  /// When its upload URL ends.
  public let expiresAt: Date

  init(_ row: Row) throws {
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
  /// The file with its current variants, whatever its state and owner, or nil.
  public func file(_ id: FileID) throws(StorageError) -> FileRecord? {
    try read { connection in try connection.file(id) }
  }

  /// What serving an image needs, in one indexed look, or nil where this user has no such file.
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
        sourceType: FileType(contentType: row.text("source_type")),
        sha256: row.optionalValue("sha256") { SHA256Digest(hexadecimal: $0) },
        variant: row.optionalText("name") == nil ? nil : Variant(row)
      )
    }
  }

  /// The keys of all variants that `file` ever had, each of which may be in a cache.
  public func issuedKeys(of file: FileID) throws(StorageError) -> [String] {
    try read { connection in
      try connection.run(VariantStatement.issued, ["file": file.description]).map { try $0.text("key") }
    }
  }

  /// `ready` files, in pages as `unattendedFiles` has them.
  public func readyFiles(after last: FileID? = nil, limit: Int = 100) throws(StorageError) -> [FileID] {
    try read { connection in
      try connection.run(FileStatement.ready, ["after": last?.description ?? "", "limit": limit]).map { row in
        try row.value("id") { FileID($0) }
      }
    }
  }

  /// `pending` and `received` files made at or before `created` that no job looks after, ordered by identifier.
  ///
  /// The next page begins after the last identifier of this one; it is the last when it is shorter than `limit`.
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

  /// `pending` files whose upload URL ended at or before `expired`, in pages as `unattendedFiles` has them.
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

extension GRDB.Database {
  /// As `FileDatabase.file`, in whatever transaction this is.
  func file(_ id: FileID) throws -> FileRecord? {
    guard let row = try first(FileStatement.find, ["file": id.description]) else { return nil }
    let variants = try run(VariantStatement.current, ["file": id.description]).map(Variant.init)
    return try FileRecord(row, variants: variants)
  }
}
