public import Core
public import Database
public import Foundation
public import Storage

/// Deletes and restores users' files, and releases migrated files from quarantine.
public struct FileRemoval: Sendable {
  /// The allowed number of files in one request.
  public static let batchRange = 1...100

  private let database: FileDatabase
  private let store: any ObjectStore
  private let bucket: String
  private let imagesURL: String
  private let retention: RetentionRule

  /// Deletes files whose bytes are in the raw `bucket`, whose image URLs begin with `imagesURL`, and that `retention`
  /// deletes by age.
  public init(
    database: FileDatabase,
    store: any ObjectStore,
    bucket: String,
    imagesURL: String,
    retention: RetentionRule
  ) {
    self.database = database
    self.store = store
    self.bucket = bucket
    self.imagesURL = imagesURL
    self.retention = retention
  }

  /// Deletes the user's file if `isExpected` accepts its record; succeeds without a change if the file is already
  /// deleted.
  ///
  /// With `permanently`, a worker removes every version of the object. Throws `notFound` for unknown files and for
  /// files of other users, and `recordChanged` if `isExpected` returns false. A worker then purges the file's
  /// images from the caches.
  public func delete(
    _ file: FileID,
    of user: UserID,
    permanently: Bool,
    if isExpected: @escaping @Sendable (FileDescription) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) {
    let deletion = try database.delete(
      file,
      of: user,
      permanently: permanently,
      if: { [imagesURL, retention] record in
        isExpected(FileDescription(record, imagesURL: imagesURL, retention: retention))
      },
      at: now
    )
    guard let deletion else { throw .recordChanged }
    guard deletion != .notFound else { throw .notFound }
  }

  /// Deletes many files as `delete(_:of:permanently:if:at:)` does; returns one result per file, in the given order.
  public func delete(
    all files: [FileID],
    of user: UserID,
    permanently: Bool,
    at now: Date
  ) throws(StorageError) -> [Deletion] {
    try database.delete(files, of: user, permanently: permanently, at: now)
  }

  /// Restores the user's deleted file if `isExpected` accepts its record; a file that is not deleted stays unchanged.
  ///
  /// A migrated file that was quarantined is quarantined again. The checked version is current again when the method
  /// returns, or later, when a worker runs. A worker renders the images again, or the first request for an image does.
  /// Throws `notFound` for unknown files and for files of other users, and `recordChanged` if `isExpected` returns
  /// false. Throws `gone` if the retention period has passed, the checked version no longer exists, or the file was
  /// never ready.
  public func restore(
    _ id: FileID,
    of user: UserID,
    if isExpected: @escaping @Sendable (FileDescription) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) {
    let cutoff = Retention.cutoff(at: now)
    let isRecordExpected = { @Sendable [imagesURL, retention] (record: FileRecord) in
      isExpected(FileDescription(record, imagesURL: imagesURL, retention: retention))
    }
    // Another request of the owner can restore and delete the file in the meantime. The loop then reads the file again.
    for _ in 0..<3 {
      guard let file = try database.file(id), file.user == user else { throw .notFound }
      guard isRecordExpected(file) else { throw .recordChanged }
      switch file.state {
      case .pending, .received, .ready, .rejected, .quarantined: return
      case .expired, .aborted, .purging, .purged: throw .gone
      case .deleted: break
      }
      guard file.isRestorable, let deletedAt = file.deletedAt, deletedAt > cutoff, try bytes(of: file) != nil else {
        throw .gone
      }
      let markers = markers(over: file)
      let isRestored = try database.restore(
        id,
        of: user,
        variants: file.variants,
        deletedAfter: cutoff,
        if: isRecordExpected,
        at: now
      )
      if isRestored { return uncover(file, markers) }
    }
    throw .unavailable(detail: "file \(id): other requests keep deleting and restoring it")
  }

  /// Returns the delete markers that lie over the checked version of a deleted file; none if the store does not tell.
  private func markers(over file: FileRecord) -> [VersionID] {
    guard let pinned = file.versionID, let versions = try? store.versions(of: file.judgedKey, in: bucket) else {
      return []
    }
    return versions.prefix { $0.version.description != pinned }.filter(\.isDeleteMarker).map(\.version)
  }

  /// Removes the delete markers of a file that was just restored.
  ///
  /// The job of the restore does the same, so this may fail. But under a marker a lifecycle rule can delete the checked
  /// version a day after the last moment of a restore, and no worker may be running until then. A marker that is newer than
  /// `markers` belongs to a newer deletion, and stays.
  private func uncover(_ file: FileRecord, _ markers: [VersionID]) {
    for marker in markers { try? store.delete(file.judgedKey, in: bucket, version: marker) }
  }

  /// Serves a quarantined file from now on, only as an attachment; for an administrator.
  ///
  /// Throws `notFound` for an unknown file, `wrongState` unless the file is quarantined, and `gone` if its bytes no longer
  /// exist.
  public func release(_ id: FileID, at now: Date) throws(StorageError) {
    guard let file = try database.file(id) else { throw .notFound }
    guard file.state == .quarantined else {
      throw .wrongState(detail: "It is \(file.state.rawValue); only quarantined files can be released.")
    }
    guard try bytes(of: file)?.size == file.size else { throw .gone }
    guard try database.releaseFromQuarantine(id, at: now) else {
      throw .unavailable(detail: "file \(id): another request changed it")
    }
  }

  /// Returns the object version that was checked, or nil if it no longer exists.
  private func bytes(of file: FileRecord) throws(StorageError) -> ObjectInfo? {
    let version = file.versionID.map { VersionID($0) }
    return try store.ifPresent(in: bucket) { () throws(StoreError) in
      try store.head(file.judgedKey, in: bucket, version: version)
    }
  }
}
