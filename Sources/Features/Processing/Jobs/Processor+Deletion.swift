import Core
import Database
import Foundation
import Storage

extension Processor {
  /// Puts a delete marker over the checked version of a deleted file, and deletes all other versions under the file's
  /// keys.
  ///
  /// The checked version remains for a restore. A store without versions has no delete markers: the checked copy stays
  /// in place, under a key that no URL was issued for, and loses its tag.
  func hide(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    if file.versionID == nil, file.isTagged { try tag(file.id) }
    let bucket = dependencies.buckets.raw
    let versions = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.allVersions(in: bucket, prefix: file.folder)
    }
    let kept = Kept(of: file)
    // The newest delete marker above the checked version stays; the versions between the two are deleted.
    let marker = versions.prefix { !kept.contains($0, of: file) }.first { $0.isDeleteMarker && $0.key == file.rawKey }
    let doomed = versions.filter { version in
      file.rawKeys.contains(version.key) && !kept.contains(version, of: file) && version != marker
    }
    try JobError.ifOutOfReach { () throws(StoreError) in
      if file.versionID != nil, marker == nil { try dependencies.store.delete(file.rawKey, in: bucket) }
      for version in doomed { try dependencies.store.delete(version.key, in: bucket, version: version.version) }
    }
    return doomed.isEmpty ? .idle : .discarded(versions: doomed.count)
  }

  /// Deletes the renderings of a deleted file that can be restored, or all objects of a file in another final state.
  ///
  /// After a file is ready, only a job of kind `render` writes or deletes its renderings. The lease of this job
  /// excludes conflicting changes.
  func clear(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    guard file.state.refusesObjects else { return .idle }
    guard file.isRestorable else { return try discard(file, keeping: .nothing) }
    let count = try removeRenderings(of: file)
    return count == 0 ? .idle : .discarded(versions: count)
  }

  /// Deletes every version of all the file's objects, and releases the file's quota.
  func purgeBytes(of file: FileRecord) throws(JobError) -> ProcessingOutcome {
    let outcome = file.isMigrated ? try removeAll(of: file) : try discard(file, keeping: .nothing)
    try JobError.ifOutOfReach { () throws(StorageError) in
      if file.state == .deleted {
        _ = try dependencies.database.beginPurge(file.id, deletedBy: .distantPast, at: dependencies.now)
      }
      _ = try dependencies.database.finishPurge(file.id)
    }
    return outcome
  }
}
