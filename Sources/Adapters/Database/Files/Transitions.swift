public import Core
public import Foundation
internal import GRDB

/// What the worker found an upload to be, once everything is in its place.
public struct Publication: Hashable, Sendable {
  /// The pinned version of the object, or nil on a store without versions.
  public let versionID: String?
  /// The true length, in bytes.
  public let size: Int64
  /// The true digest.
  public let sha256: SHA256Digest
  /// Whether it is a document that does something besides being read.
  public let hasActiveContent: Bool
  /// The variants that stand in the processed bucket.
  public let variants: [Variant]

  /// What was found.
  public init(
    versionID: String?,
    size: Int64,
    sha256: SHA256Digest,
    hasActiveContent: Bool = false,
    variants: [Variant]
  ) {
    self.versionID = versionID
    self.size = size
    self.sha256 = sha256
    self.hasActiveContent = hasActiveContent
    self.variants = variants
  }
}

/// The transitions of a file's life. Each returns whether the file changed its state; false changes nothing, and means that the file is
/// unknown, foreign, no longer in a state from which the transition exists, or that the lease is no longer the caller's.
extension FileDatabase {
  /// Pending → received: the object exists.
  public func receive(_ file: FileID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.returnsRow(FileStatement.receive, ["file": file.description, "now": now.milliseconds])
    }
  }

  /// Pending → expired: no object came, and the URL ended at or before `expired`; releases the reservation.
  public func expire(_ file: FileID, expiredBy expired: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.transition(file, FileStatement.expire, ["expired": expired.milliseconds], settling: .release)
    }
  }

  /// Pending → aborted: the client gave up; releases the reservation.
  public func abort(_ file: FileID, of user: UserID) throws(StorageError) -> Bool {
    try write { connection in
      try connection.transition(file, FileStatement.abort, ["user": user.description], settling: .release)
    }
  }

  /// Pending → aborted as `abort` does, and has a worker remove what was uploaded; the time of an upload in parts ends.
  public func abort(_ file: FileID, of user: UserID, removingAt now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let owner: Parameters = ["user": user.description]
      guard try connection.transition(file, FileStatement.abort, owner, settling: .release) else { return false }
      try connection.endUpload(file, at: now)
      return true
    }
  }

  /// Pending → received as `receive` does, and has a worker judge it; the time of an upload in parts ends.
  public func complete(_ file: FileID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.returnsRow(FileStatement.receive, ["file": file.description, "now": now.milliseconds]) else {
        return false
      }
      try connection.endUpload(file, at: now)
      return true
    }
  }

  /// The true length is known of a pending or received file that only had a limit: what was reserved above it is free.
  ///
  /// Returns false, and changes nothing, where the length was known already or is above the limit.
  public func measure(_ file: FileID, size: Int64) throws(StorageError) -> Bool {
    guard size >= 1 else { return false }
    return try write { connection in
      try connection.transition(file, FileStatement.measure, ["size": size], settling: .shrink(to: size))
    }
  }

  /// Received → ready, under the caller's lease: charges the true size instead of the reservation, and makes the
  /// variants current.
  ///
  /// The job goes on, until `finish`.
  public func publish(
    _ publication: Publication,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      let found: Parameters = [
        "version": publication.versionID, "size": publication.size, "sha256": publication.sha256.description,
        "active": publication.hasActiveContent ? 1 : 0, "token": job.token.description, "now": now.milliseconds,
      ]
      guard try connection.transition(job.file, FileStatement.publish, found, settling: .charge(publication.size))
      else {
        return false
      }
      try connection.makeCurrent(publication.variants, of: job.file, at: now)
      return true
    }
  }

  /// Makes `variants` the current ones of a ready file whose content is `source`, under the caller's lease of its
  /// `render` job.
  public func refresh(
    _ variants: [Variant],
    of source: SHA256Digest,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      let found: Parameters = [
        "sha256": source.description, "token": job.token.description, "now": now.milliseconds,
      ]
      guard try connection.transition(job.file, FileStatement.refresh, found, settling: .keep) else { return false }
      try connection.makeCurrent(variants, of: job.file, at: now)
      return true
    }
  }

  /// Received → rejected, under the caller's lease: releases the reservation.
  ///
  /// The job goes on, until `finish`: the object must still go.
  public func reject(
    _ reason: RejectionReason,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      let refused: Parameters = [
        "reason": reason.rawValue, "token": job.token.description, "now": now.milliseconds,
      ]
      return try connection.transition(job.file, FileStatement.reject, refused, settling: .release)
    }
  }
}
