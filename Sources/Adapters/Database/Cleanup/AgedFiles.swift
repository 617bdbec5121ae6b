public import Core
public import Foundation

/// A ready file, with what decides about its deletion by age.
public struct AgedFile: Hashable, Sendable {
  /// The identifier of the file.
  public let id: FileID
  /// The bytes of the owner's quota that the file uses.
  public let heldBytes: Int64
  /// The time at which the bytes were first seen in the bucket.
  public let arrival: Date
  /// The time before which the file is not deleted by age; nil for none.
  public let keepUntil: Date?

  init(_ row: any Row) throws {
    id = try row.value("id") { FileID($0) }
    heldBytes = try row.integer("held_bytes")
    arrival = try row.date("arrived_at")
    keepUntil = try row.optionalDate("keep_until")
  }
}

/// The files that a call deleted by age.
public struct AgedDeletion: Hashable, Sendable {
  /// The number of files.
  public var files = 0
  /// The bytes that the owner gets back when the files are purged.
  public var bytes: Int64 = 0

  /// Creates a count of nothing.
  public init() {}
}

/// A run of `stowage cleanup` that deleted something.
public struct CleanupRun: Hashable, Sendable {
  /// The identifier of the run.
  public let id: String
  /// The time of the first deletion.
  public let startedAt: Date
  /// The number of files that the run deleted.
  public let files: Int
  /// The bytes of these files.
  public let bytes: Int64
  /// The number of these files that are still deleted, and neither restored nor purged.
  public let deletedFiles: Int
  /// The time until which every one of the deleted files can be restored; nil if none is deleted.
  public let undoEnd: Date?

  init(_ row: any Row) throws {
    id = try row.text("id")
    startedAt = try row.date("started_at")
    files = try Int(row.integer("files"))
    bytes = try row.integer("bytes")
    deletedFiles = try Int(row.integer("deleted"))
    undoEnd = try row.optionalDate("first_deletion").map { Retention.end(ofFileDeletedAt: $0) }
  }
}

/// Deletions by age.
extension FileDatabase {
  /// Returns the user's ready files with what decides about their deletion by age; see `unattendedFiles` for the pages.
  public func agedFiles(
    of user: UserID,
    after last: FileID?,
    limit: Int
  ) throws(StorageError) -> [AgedFile] {
    try read { connection in
      try connection.run(
        CleanupStatement.readyFiles,
        ["user": user.description, "after": last?.description ?? "", "limit": limit]
      ).map(AgedFile.init)
    }
  }

  /// Ready → deleted, as by the owner, for those of the user's `files` that `rule` deletes at `now`; counts them in `run`.
  ///
  /// The plan is read in the same transaction, with the owner's row locked: no file of a user who has just become premium
  /// is deleted. Nothing is deleted during an erasure, which deletes the files for good.
  public func deleteAged(
    _ files: [FileID],
    of user: UserID,
    by rule: RetentionRule,
    run: String,
    at now: Date
  ) throws(StorageError) -> AgedDeletion {
    try write { connection in
      var done = AgedDeletion()
      try connection.lockRows(of: files)
      guard let owner = try connection.lock(user), owner.erasingSince == nil else { return done }
      for file in files {
        guard let record = try connection.file(file), record.user == user, record.state == .ready,
          let due = rule.deletion(of: record.retention), due <= now,
          try connection.delete(file, of: user, at: now)
        else { continue }
        try connection.mark(file, .cleanup(run: run))
        done.files += 1
        done.bytes += record.heldBytes
      }
      guard done.files > 0 else { return done }
      try connection.run(
        CleanupStatement.count,
        ["run": run, "now": now.milliseconds, "files": done.files, "bytes": done.bytes]
      )
      return done
    }
  }

  /// Returns runs that deleted something, newest first.
  public func cleanupRuns(limit: Int) throws(StorageError) -> [CleanupRun] {
    try read { connection in
      try connection.run(CleanupStatement.runs, ["run": "", "limit": limit]).map(CleanupRun.init)
    }
  }

  /// Returns the run with this identifier; nil if it is unknown.
  public func cleanupRun(_ id: String) throws(StorageError) -> CleanupRun? {
    guard !id.isEmpty else { return nil }
    return try read { connection in
      try connection.first(CleanupStatement.runs, ["run": id, "limit": 1]).map(CleanupRun.init)
    }
  }

  /// Returns files that were deleted by age and not restored since; see `unattendedFiles` for the pages.
  public func files(
    removedBy removal: Removal,
    after last: FileID?,
    limit: Int
  ) throws(StorageError) -> [FileRecord] {
    try read { connection in
      try connection.run(
        CleanupStatement.removed,
        ["cause": removal.description, "after": last?.description ?? "", "limit": limit]
      ).compactMap { row in try connection.file(row.value("id") { FileID($0) }) }
    }
  }
}

extension Connection {
  /// Locks the user's row until the end of the transaction, and returns it.
  func lock(_ user: UserID) throws -> UserRecord? {
    try first(UserStatement.lock, ["user": user.description]).map(UserRecord.init)
  }

  /// Records the cause of a deletion that was not the owner's.
  func mark(_ file: FileID, _ removal: Removal) throws {
    try run(CleanupStatement.mark, ["file": file.description, "cause": removal.description])
  }
}
