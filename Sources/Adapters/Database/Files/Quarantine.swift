public import Core
public import Foundation

/// The quarantine: migrated files that the checks refused, with their bytes.
extension FileDatabase {
  /// Received → quarantined, under the caller's lease: charges `size`, the true size, instead of the reservation.
  ///
  /// `sha256` is the computed digest; nil if the bytes could not be read, and then the migration's digest counts.
  /// `exceeded` is the limit that the file exceeds. Returns false for an upload, which is rejected instead.
  public func quarantine(
    _ reason: RejectionReason,
    _ exceeded: ExceededLimit? = nil,
    size: Int64,
    sha256: SHA256Digest?,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      let refused: Parameters = [
        "reason": reason.rawValue, "exceeded": exceeded?.word, "size": size, "sha256": sha256?.description,
        "token": job.token.description, "now": now.milliseconds,
      ]
      return try connection.transition(job.file, MigratedStatement.quarantine, refused, settling: .charge(size))
    }
  }

  /// Quarantined → ready, by an administrator: the file is served from now on, only as an attachment.
  ///
  /// The file takes the place of its predecessor, as a file that passed the checks. It stays ready even if a newer content
  /// of the same path is ready, or the path was deleted: a person decided so. The queued job gives the object its tag.
  public func releaseFromQuarantine(_ file: FileID, at now: Date) throws(StorageError) -> Bool {
    try write { [retention] connection in
      let times: Parameters = ["now": now.milliseconds]
      guard try connection.transition(file, MigratedStatement.release, times, settling: .keep) else { return false }
      try connection.succeed(by: file, isForced: true, at: now)
      try connection.beginTag(of: file, retention, hasTags: false)
      try connection.enqueue(.process, of: file, at: now)
      return true
    }
  }
}
