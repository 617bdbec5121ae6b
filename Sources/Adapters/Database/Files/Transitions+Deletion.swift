public import Core
public import Foundation

/// The outcome of the deletion of a file.
public enum Deletion: Hashable, Sendable {
  /// The file is deleted, now or earlier; the owner can restore it for a while if it was ever ready.
  case deleted
  /// The file is permanently deleted; its bytes are deleted, or a worker will delete them.
  case purging
  /// The upload expired or was aborted, so there was nothing to delete.
  case over
  /// The file is unknown or belongs to another user.
  case notFound
}

/// The transitions at the end of a file's life; their results are the same as those of the other transitions.
extension FileDatabase {
  /// Pending, received, rejected, ready or quarantined → deleted, by the owner; queues the removal from caches and buckets.
  ///
  /// A ready or quarantined file stays charged until it is purged. A file in another state releases its reservation, and its jobs are
  /// cancelled even if they are leased. Such a file cannot be restored and may be purged at once.
  public func delete(_ file: FileID, of user: UserID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in try connection.delete(file, of: user, at: now) }
  }

  /// Deletes each of the user's `files` in one transaction, and returns the outcomes in the same order.
  ///
  /// If `permanently` is true, the files change to `purging` at once, even those that were already deleted.
  public func delete(
    _ files: [FileID],
    of user: UserID,
    permanently: Bool,
    at now: Date
  ) throws(StorageError) -> [Deletion] {
    try write { connection in
      try connection.lockRows(of: files)
      return try files.map { file in try connection.delete(file, of: user, permanently: permanently, at: now) }
    }
  }

  /// Deletes `file` if `isExpected` returns true for its record, and returns the outcome.
  ///
  /// The check and the deletion are one transaction, so the file cannot change between them. Returns nil and changes
  /// nothing if `isExpected` returns false. `isExpected` may be called more than once, but never with the file of
  /// another user.
  public func delete(
    _ file: FileID,
    of user: UserID,
    permanently: Bool,
    if isExpected: @escaping @Sendable (FileRecord) -> Bool,
    at now: Date
  ) throws(StorageError) -> Deletion? {
    try write { connection in
      try connection.lockRows(of: [file])
      guard let record = try connection.file(file), record.user == user else { return .notFound }
      guard isExpected(record) else { return nil }
      return try connection.delete(file, of: user, permanently: permanently, at: now)
    }
  }

  /// Deleted → ready or quarantined, as the file was before, by the owner; queues jobs that restore the objects.
  ///
  /// The file must have been ready or quarantined, must have been deleted after `cutoff`, and `isExpected` must return true for its
  /// record in the same transaction. The caller has verified that the pinned version still exists. `variants` become
  /// the current variants, including those that a job has yet to render. A file that would be deleted by age
  /// within the time of the notice is kept for that time.
  public func restore(
    _ file: FileID,
    of user: UserID,
    variants: [Variant],
    deletedAfter cutoff: Date,
    if isExpected: @escaping @Sendable (FileRecord) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { [retention] connection in
      try connection.lockRows(of: [file])
      guard let record = try connection.file(file), isExpected(record) else { return false }
      let keepUntil = retention.keepUntil(restoredAt: now)
      // A worker would take the marker of a lifecycle rule for a new deletion if the file was not kept.
      let isDue = record.removal != nil || retention.deletion(of: record.retention).map { $0 < keepUntil } ?? false
      let owner: Parameters = [
        "user": user.description, "cutoff": cutoff.milliseconds, "keep": isDue ? keepUntil.milliseconds : nil,
      ]
      guard try connection.transition(file, FileStatement.restore, owner, settling: .keep) else { return false }
      try connection.makeCurrent(variants, of: file, at: now)
      try connection.enqueue(.process, of: file, at: now)
      try connection.enqueue(.render, of: file, at: now)
      return true
    }
  }

  /// Deleted → purging, for a file that was deleted at or before `cutoff` or was never ready or quarantined; queues the
  /// removal of its bytes.
  public func beginPurge(_ file: FileID, deletedBy cutoff: Date, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let deleted: Parameters = ["cutoff": cutoff.milliseconds]
      guard try connection.transition(file, FileStatement.beginPurge, deleted, settling: .keep) else { return false }
      try connection.enqueue(.process, of: file, at: now)
      return true
    }
  }

  /// Purging → purged, after the bytes are deleted: releases the charge and deletes the file's links and variants.
  ///
  /// The variants stay as long as a cache invalidation job of the file needs their URLs.
  public func finishPurge(_ file: FileID) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.transition(file, FileStatement.finishPurge, [:], settling: .discharge) else { return false }
      try connection.run(VariantStatement.forget, ["file": file.description])
      try connection.run(LinkStatement.forget, ["file": file.description])
      return true
    }
  }

  /// Returns files that were deleted at or before `cutoff`, earliest deletion first.
  ///
  /// See `unattendedFiles` for the pages.
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

extension Connection {
  fileprivate func delete(_ file: FileID, of user: UserID, permanently: Bool, at now: Date) throws -> Deletion {
    _ = try delete(file, of: user, at: now)
    if permanently, try transition(file, FileStatement.purge, ["user": user.description], settling: .keep) {
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
    case .deleted, .pending, .received, .ready, .rejected, .quarantined: return .deleted
    }
  }
}
