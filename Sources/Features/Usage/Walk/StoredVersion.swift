import Core
import Database
import Foundation
import Storage

/// A version or a delete marker, from a listing or from an inventory.
struct StoredVersion {
  let key: String
  let version: String
  let isLatest: Bool
  let isDeleteMarker: Bool
  let size: Int64
  let lastModified: Date
  let storageClass: String?

  /// True for the same version of the same key, byte for byte.
  func isSame(as last: UsagePosition.Last?) -> Bool {
    guard let last else { return false }
    return last.key.utf8.elementsEqual(key.utf8) && last.version == version
  }
}

extension UsageWork {
  /// Counts versions that follow one another in the order of a listing, and moves the position behind them.
  ///
  /// The versions of a key are ordered newest first, so a noncurrent version became one on the day of the version before it.
  func count(
    _ versions: [StoredVersion],
    of role: BucketRole,
    in tally: inout UsageTally,
    _ position: inout UsagePosition
  ) throws(UsageProblem) {
    let versions = versions.drop { $0.isSame(as: position.last) }
    let labels = try labels(of: versions, in: role)
    for (version, label) in zip(versions, labels) {
      var day = version.lastModified.day
      if label.kind == .noncurrent, let last = position.last, last.key.utf8.elementsEqual(version.key.utf8) {
        day = max(day, last.day)
      }
      try check(version.size, of: version.key)
      tally.count(label, storageClass: version.storageClass, day: day, bytes: version.isDeleteMarker ? 0 : version.size)
      position.last = UsagePosition.Last(
        key: version.key,
        version: version.version,
        day: version.lastModified.day
      )
    }
  }

  /// Refuses a size that no object has.
  func check(_ size: Int64, of key: String) throws(UsageProblem) {
    guard size <= StoredCount.largestObject else {
      throw .unusable("\(Wording.printable(key)): no object has \(size) bytes")
    }
  }

  private func labels(
    of versions: ArraySlice<StoredVersion>,
    in role: BucketRole
  ) throws(UsageProblem) -> [StoredLabel] {
    switch role {
    case .raw: return try rawLabels(of: versions)
    case .processed:
      return versions.map { version in
        let key = RenderingKey(version.key)
        return StoredLabel(kind: Self.kind(of: version, key == nil ? .unknown : .variant), user: key?.user)
      }
    case .backups, .logs: return versions.map { StoredLabel(kind: Self.kind(of: $0, .current), user: nil) }
    }
  }

  /// Labels versions of the raw bucket, with one read of the database for all of them.
  private func rawLabels(of versions: ArraySlice<StoredVersion>) throws(UsageProblem) -> [StoredLabel] {
    let files: [StoredFile?]
    do throws(StorageError) {
      files = try collector.database.storedFiles(ofRawObjects: versions.map(\.key))
    } catch { throw .storage(error) }
    return zip(versions, files).map { version, file in
      guard let file else {
        let upload = RawKey(version.key) ?? RawKey(kept: version.key)
        return StoredLabel(kind: Self.kind(of: version, .unknown), user: upload?.user)
      }
      let kind = Self.kind(of: version, file.isQuarantined ? .quarantined : .current)
      let isTagged =
        file.isTagged && !version.isDeleteMarker && (file.versionID.map { $0 == version.version } ?? true)
      return StoredLabel(kind: kind, user: file.user, isTagged: isTagged)
    }
  }

  /// Returns the kind of a version, whose newest one has the kind `current`.
  private static func kind(of version: StoredVersion, _ current: StoredKind) -> StoredKind {
    version.isDeleteMarker ? .marker : version.isLatest ? current : .noncurrent
  }
}
