public import Core
public import Foundation

/// A delete marker that Stowage did not write, directly above the checked object of a ready file.
public struct ForeignMarker: Hashable, Sendable {
  /// The time at which the store wrote the checked object.
  public let objectTime: Date
  /// The time at which the store wrote the marker.
  public let markerTime: Date

  /// Creates the description of a marker, with the times of the store.
  public init(objectTime: Date, markerTime: Date) { (self.objectTime, self.markerTime) = (objectTime, markerTime) }
}

/// The judgement about a delete marker that Stowage did not write.
public enum MarkerJudgement: Hashable, Sendable {
  /// A lifecycle rule wrote it: the file is deleted now.
  case lifecycle
  /// No lifecycle rule may delete the file: the marker is to be removed.
  case intruder
  /// The file changed meanwhile, or its owner is being erased: nothing is known.
  case superseded
}

/// A ready file, for the comparison with the bucket.
public struct PlacedFile: Hashable, Sendable {
  /// The identifier of the file.
  public let id: FileID
  /// The key in the raw bucket.
  public let rawKey: String
  /// The pinned version of the object; nil on a store without versions.
  public let versionID: String?
  /// True if a migration brought the file.
  public let isMigrated: Bool

  init(_ row: any Row) throws {
    id = try row.value("id") { FileID($0) }
    rawKey = try row.text("raw_key")
    versionID = try row.optionalText("version_id")
    isMigrated = try row.optionalText("migration") != nil
  }

  /// The key of the checked bytes.
  public var judgedKey: String {
    versionID == nil && !isMigrated ? RawKey(rawKey)?.kept ?? rawKey : rawKey
  }
}

/// Deletions of ready files by the lifecycle rules of a store.
extension FileDatabase {
  /// Ready → deleted at the time of the marker, if a lifecycle rule wrote it; queues the jobs of a deletion.
  ///
  /// A lifecycle rule wrote it if the file is to have the tag of `RetentionRule`, and if the object was old enough when the marker
  /// came, both by the clock of the store. The owner's row is locked, so a change of the plan comes before or after.
  /// `version` is the pinned version that the marker covers.
  public func judge(
    _ marker: ForeignMarker,
    over file: FileID,
    version: String?,
    at now: Date
  ) throws(StorageError) -> MarkerJudgement {
    try write { [retention] connection in
      guard let record = try connection.lockedReady(file), record.versionID == version else { return .superseded }
      guard retention.isTagged(record.retention),
        let due = retention.deletion(of: record.retention, arrival: marker.objectTime), due <= marker.markerTime
      else { return .intruder }
      guard try connection.delete(file, of: record.user, deletedAt: marker.markerTime, at: now) else {
        return .superseded
      }
      try connection.mark(file, .lifecycle)
      return .lifecycle
    }
  }

  /// Ready → purging, for a file on a store without versions whose object no longer exists, if a lifecycle rule deleted it.
  ///
  /// Nothing is left to restore. Returns false and changes nothing if no lifecycle rule may delete the file at `now`.
  public func deleteVanished(_ file: FileID, at now: Date) throws(StorageError) -> Bool {
    try write { [retention] connection in
      guard let record = try connection.lockedReady(file), record.versionID == nil,
        retention.isTagged(record.retention), let due = retention.deletion(of: record.retention), due <= now,
        try connection.delete(file, of: record.user, at: now)
      else { return false }
      try connection.mark(file, .lifecycle)
      let owner: Parameters = ["user": record.user.description]
      guard try connection.transition(file, FileStatement.purge, owner, settling: .keep) else { return false }
      return true
    }
  }

  /// Returns ready files whose raw keys are `low` or later and before `high`, ordered by the bytes of the key.
  public func readyFiles(
    from low: String,
    before high: String?,
    limit: Int
  ) throws(StorageError) -> [PlacedFile] {
    try read { connection in
      guard let high else {
        return try connection.run(CleanupStatement.placedFrom, ["low": low, "limit": limit]).map(PlacedFile.init)
      }
      return try connection.run(CleanupStatement.placed, ["low": low, "high": high, "limit": limit])
        .map(PlacedFile.init)
    }
  }
}

extension Connection {
  /// Locks the rows of the file and its owner, and returns the record of a ready file whose owner is not being erased.
  fileprivate func lockedReady(_ file: FileID) throws -> FileRecord? {
    try lockRows(of: [file])
    guard let user = try self.file(file)?.user, let owner = try lock(user), owner.erasingSince == nil,
      let record = try self.file(file), record.state == .ready
    else { return nil }
    return record
  }
}
