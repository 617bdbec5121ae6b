import Core
import Database
import Foundation
import Storage

extension Processor {
  /// Puts a delete marker over the pinned version of a file that may be restored, and removes all else under its keys.
  ///
  /// On a store without versions there is no such thing: the kept copy stays where it is, under a key that nobody knows.
  func hide(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    let bucket = dependencies.buckets.raw
    let versions = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.allVersions(in: bucket, prefix: file.rawFolder)
    }
    let kept = Kept(of: file)
    // The newest before the pinned version; what lies between is removed.
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

  /// Removes the renderings of a file that may be restored; of any other whose bytes have no business there, all it has.
  ///
  /// Renderings are written and removed under the lease of `render` alone once a file is ready, so that neither undoes the
  /// other.
  func clear(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    guard file.state.refusesObjects else { return .idle }
    guard file.isRestorable else { return try discard(file, keeping: .nothing) }
    let count = try remove(from: dependencies.buckets.processed, below: file.processedFolder) { _ in true }
    return count == 0 ? .idle : .discarded(versions: count)
  }

  /// Removes every version of all that the file has, and releases what it was charged.
  func purgeBytes(of file: FileRecord) throws(JobError) -> ProcessingOutcome {
    let outcome = try discard(file, keeping: .nothing)
    try JobError.ifOutOfReach { () throws(StorageError) in
      if file.state == .deleted {
        _ = try dependencies.database.beginPurge(file.id, deletedBy: .distantPast, at: .now)
      }
      _ = try dependencies.database.finishPurge(file.id)
    }
    return outcome
  }
}

extension FileRecord {
  /// Whether it is deleted, and its pinned version kept for a restore.
  var isRestorable: Bool { state == .deleted && readyAt != nil }
}
