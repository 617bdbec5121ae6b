import Core
import Database
import Foundation
import Storage

extension Processor {
  /// Decides who deleted the checked object of a ready file; nil if it is there, or if the rest of the work puts it back.
  ///
  /// A delete marker of a lifecycle rule stays, and the file is deleted. On a store without versions the object no longer
  /// exists then. `FileDatabase.judge` tells such a marker from any other one, which the rest of the work removes.
  func settleDeletion(of file: FileRecord, at now: Date) throws(JobError) -> ProcessingOutcome? {
    let (key, pinned) = (file.judgedKey, file.versionID)
    do throws(JobError) {
      if let current = try head(key), pinned == nil || current.version?.description == pinned { return nil }
    } catch {
      // An object that its uploader encrypted is no marker; the rest of the work removes it.
      guard case .sealed = error else { throw error }
      return nil
    }
    let versions = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.versions(of: key, in: dependencies.buckets.raw)
    }
    let index = versions.firstIndex { version in
      pinned.map { version.version.description == $0 } ?? !version.isDeleteMarker
    }
    guard let index else {
      guard pinned == nil else { return nil }
      let isExpired = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.deleteVanished(file.id, at: now)
      }
      return isExpired ? .expired : nil
    }
    guard index > 0, versions[index - 1].isDeleteMarker else { return nil }
    let judgement = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.judge(
        ForeignMarker(objectTime: versions[index].lastModified, markerTime: versions[index - 1].lastModified),
        over: file.id,
        version: pinned,
        at: now
      )
    }
    switch judgement {
    case .lifecycle: return .expired
    case .superseded: return .superseded
    case .intruder: break
    }
    guard pinned == nil else { return nil }
    // The store began to keep versions after the copy was stored.
    try JobError.ifOutOfReach { () throws(StoreError) in
      for marker in versions[..<index] where marker.isDeleteMarker {
        try dependencies.store.delete(key, in: dependencies.buckets.raw, version: marker.version)
      }
    }
    return nil
  }
}
