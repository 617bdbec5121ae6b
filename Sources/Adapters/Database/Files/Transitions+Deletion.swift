public import Core
public import Foundation
internal import GRDB

/// What became of a wish to delete a file.
public enum Deletion: Hashable, Sendable {
  /// It is deleted, now or before, and may be restored for a while if it was ever ready.
  case deleted
  /// It is gone for good; its bytes are, or soon will be.
  case purging
  /// Its upload came to nothing, so there was nothing to delete.
  case over
  /// Unknown or foreign.
  case notFound
}

/// The transitions at the end of a file's life; what they return is as in the other transitions.
extension FileDatabase {
  /// Pending, received, rejected or ready → deleted, by the owner; has workers take it out of the caches and buckets.
  ///
  /// A ready file stays charged until it is purged. Any other releases its reservation and cancels the job, also one
  /// that is leased; it cannot be restored, and may be purged at once.
  public func delete(_ file: FileID, of user: UserID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in try connection.delete(file, of: user, at: now) }
  }

  /// Deletes each of the user's `files` as `delete` does, all in one transaction, and says in their order what became of
  /// each; `permanently` goes on to purging, also those that are deleted already.
  public func delete(
    _ files: [FileID],
    of user: UserID,
    permanently: Bool,
    at now: Date
  ) throws(StorageError) -> [Deletion] {
    try write { connection in
      try files.map { file in try connection.delete(file, of: user, permanently: permanently, at: now) }
    }
  }

  /// Deletes one `file` as it deletes many, if its record `isExpected`, and says what became of it.
  ///
  /// Nothing can change the file between the question and the deletion, which are one transaction. Returns nil, and changes
  /// nothing, where it is not expected. `isExpected` may be asked more than once, and never about a foreign file.
  public func delete(
    _ file: FileID,
    of user: UserID,
    permanently: Bool,
    if isExpected: @escaping @Sendable (FileRecord) -> Bool,
    at now: Date
  ) throws(StorageError) -> Deletion? {
    try write { connection in
      guard let record = try connection.file(file), record.user == user else { return .notFound }
      guard isExpected(record) else { return nil }
      return try connection.delete(file, of: user, permanently: permanently, at: now)
    }
  }

  /// Deleted → ready, by the owner, for a file that was ready, was deleted after `cutoff`, and whose record `isExpected` in
  /// the same transaction; has workers put its objects back where they belong.
  ///
  /// The caller has seen that the pinned version is still there; `variants` are its current ones, rendered again or yet
  /// to be.
  public func restore(
    _ file: FileID,
    of user: UserID,
    variants: [Variant],
    deletedAfter cutoff: Date,
    if isExpected: @escaping @Sendable (FileRecord) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      guard let record = try connection.file(file), isExpected(record) else { return false }
      let owner: Parameters = ["user": user.description, "cutoff": cutoff.milliseconds]
      guard try connection.transition(file, FileStatement.restore, owner, settling: .keep) else { return false }
      try connection.makeCurrent(variants, of: file, at: now)
      try connection.enqueue(.process, of: file, at: now)
      try connection.enqueue(.render, of: file, at: now)
      return true
    }
  }

  /// Deleted → purging, for a file that was deleted at or before `cutoff` or was never ready: a worker removes its bytes.
  public func beginPurge(_ file: FileID, deletedBy cutoff: Date, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let deleted: Parameters = ["cutoff": cutoff.milliseconds]
      guard try connection.transition(file, FileStatement.beginPurge, deleted, settling: .keep) else { return false }
      try connection.enqueue(.process, of: file, at: now)
      return true
    }
  }

  /// Purging → purged: the bytes are gone; releases what the file was charged, forgets its links, and its variants once
  /// their addresses need not be purged any more.
  public func finishPurge(_ file: FileID) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.transition(file, FileStatement.finishPurge, [:], settling: .discharge) else { return false }
      try connection.run(VariantStatement.forget, ["file": file.description])
      try connection.run(LinkStatement.forget, ["file": file.description])
      return true
    }
  }

  /// Files that were deleted at or before `cutoff`, the longest deleted first, in pages as `unattendedFiles` has them.
  public func outlivedFiles(
    deletedBy cutoff: Date,
    after last: FileID? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        FileStatement.outlived,
        ["deleted": cutoff.milliseconds, "after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }
}

extension GRDB.Database {
  fileprivate func delete(_ file: FileID, of user: UserID, permanently: Bool, at now: Date) throws -> Deletion {
    _ = try delete(file, of: user, at: now)
    if permanently, try transition(file, .purge, ["user": user.description], settling: .keep) {
      try enqueue(.process, of: file, at: now)
    }
    return try deletion(of: file, by: user)
  }

  private func deletion(of file: FileID, by user: UserID) throws -> Deletion {
    guard let row = try first(FileStatement.standing, ["file": file.description]),
      try row.text("user_id") == user.description
    else { return .notFound }
    switch try row.value("state", { FileState(rawValue: $0) }) {
    case .purging, .purged: return .purging
    case .expired, .aborted: return .over
    case .deleted, .pending, .received, .ready, .rejected: return .deleted
    }
  }
}
