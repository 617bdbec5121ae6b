public import Core
public import Foundation

/// The facts about a validated upload, recorded after its variants are stored.
public struct Publication: Hashable, Sendable {
  /// The pinned version of the object, or nil on a store without versions.
  public let versionID: String?
  /// The measured length, in bytes.
  public let size: Int64
  /// The computed digest.
  public let sha256: SHA256Digest
  /// True if the file is a document with scripts, programs or external content.
  public let hasActiveContent: Bool
  /// The media type that the checks found; nil to keep the claimed one.
  public let contentType: String?
  /// True if the file is migrated and of a type that Stowage does not check.
  public let isPlain: Bool
  /// The variants in the processed bucket.
  public let variants: [Variant]
  /// True if the object has tags, of which one can be that of `RetentionRule`.
  public let hasTags: Bool

  /// Creates a publication from these facts.
  public init(
    versionID: String?,
    size: Int64,
    sha256: SHA256Digest,
    hasActiveContent: Bool = false,
    contentType: String? = nil,
    isPlain: Bool = false,
    variants: [Variant],
    hasTags: Bool = false
  ) {
    self.versionID = versionID
    self.size = size
    self.sha256 = sha256
    self.hasActiveContent = hasActiveContent
    self.contentType = contentType
    self.isPlain = isPlain
    self.variants = variants
    self.hasTags = hasTags
  }
}

/// The state transitions of a file, except those at the end of its life.
///
/// Each function returns true if the file changed its state. False means that nothing changed: the file is unknown,
/// belongs to another user or is in a state that does not permit the transition, or the caller has lost its lease.
extension FileDatabase {
  /// Pending → received: the object exists in the raw bucket.
  public func receive(_ file: FileID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.transition(file, FileStatement.receive, ["now": now.milliseconds], settling: .keep)
    }
  }

  /// Pending → expired, for a file without an object whose URL ended at or before `expired`; releases the reservation.
  public func expire(_ file: FileID, expiredBy expired: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.transition(file, FileStatement.expire, ["expired": expired.milliseconds], settling: .release)
    }
  }

  /// Pending → aborted: the client cancelled the upload; releases the reservation.
  public func abort(_ file: FileID, of user: UserID) throws(StorageError) -> Bool {
    try write { connection in
      try connection.transition(file, FileStatement.abort, ["user": user.description], settling: .release)
    }
  }

  /// Pending → aborted like `abort(_:of:)`; also queues the removal of uploaded bytes and ends the time of a multipart
  /// upload.
  public func abort(_ file: FileID, of user: UserID, removingAt now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let owner: Parameters = ["user": user.description]
      guard try connection.transition(file, FileStatement.abort, owner, settling: .release) else { return false }
      try connection.endUpload(file, at: now)
      return true
    }
  }

  /// Pending → received like `receive`; also queues the processing of the file and ends the time of a multipart upload.
  public func complete(_ file: FileID, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.transition(file, FileStatement.receive, ["now": now.milliseconds], settling: .keep)
      else { return false }
      try connection.endUpload(file, at: now)
      return true
    }
  }

  /// Records the length of a pending or received file that only had a maximum, and releases the excess reservation.
  ///
  /// Returns false and changes nothing if the length was already known or exceeds the maximum.
  public func measure(_ file: FileID, size: Int64) throws(StorageError) -> Bool {
    guard size >= 1 else { return false }
    return try write { connection in
      try connection.transition(file, FileStatement.measure, ["size": size], settling: .shrink(to: size))
    }
  }

  /// Received → ready, under the caller's lease: charges the measured size instead of the reservation.
  ///
  /// The variants of `publication` become current. The job stays leased until `finish`. The successor of a migrated file
  /// takes its place in the same transaction, which also records the tag that the object is to have.
  public func publish(
    _ publication: Publication,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> Bool {
    try publishAndBeginTagging(publication, under: job, at: now) != nil
  }

  /// Received → ready like `publish`; returns the calls for the tags of the file as `beginTagging` does, or nil if
  /// nothing changed.
  public func publishAndBeginTagging(
    _ publication: Publication,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> [TagCall]? {
    try write { [retention] connection in
      let found: Parameters = [
        "version": publication.versionID, "size": publication.size, "sha256": publication.sha256.description,
        "active": publication.hasActiveContent ? 1 : 0, "content_type": publication.contentType,
        "plain": publication.isPlain ? 1 : 0, "token": job.token.description, "now": now.milliseconds,
      ]
      guard try connection.transition(job.file, FileStatement.publish, found, settling: .charge(publication.size))
      else {
        return nil
      }
      try connection.makeCurrent(publication.variants, of: job.file, at: now)
      try connection.succeed(by: job.file, at: now)
      return try [connection.beginTag(of: job.file, retention, hasTags: publication.hasTags)].compactMap(\.self)
    }
  }

  /// Makes `variants` the current variants of a ready file, under the caller's lease of its `render` job.
  ///
  /// Returns false if the digest of the file is not `source`.
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

  /// Records that a current variant of a ready file has moved to `place`, under the caller's lease of any job of the file.
  ///
  /// Returns false and changes nothing if the variant is no longer at its place, or the file's visibility no longer is
  /// `visibility`.
  public func relocate(
    _ variant: Variant,
    to place: RenderingPlace,
    while visibility: Visibility,
    under job: LeasedJob
  ) throws(StorageError) -> Bool {
    try write { connection in
      try connection.returnsRow(
        VariantStatement.relocate,
        [
          "file": job.file.description, "name": variant.name.description, "v": variant.version.description,
          "from": variant.place?.rawValue ?? "", "place": place.rawValue, "visibility": visibility.rawValue,
          "token": job.token.description,
        ]
      )
    }
  }

  /// Received → rejected, under the caller's lease: releases the reservation; false for a migrated file.
  ///
  /// `exceeded` is the limit that the file exceeds; nil if the reason is no limit of the decoder.
  /// The job stays leased until `finish`, since the object must still be deleted.
  public func reject(
    _ reason: RejectionReason,
    _ exceeded: ExceededLimit? = nil,
    under job: LeasedJob,
    at now: Date
  ) throws(StorageError) -> Bool {
    try write { connection in
      let refused: Parameters = [
        "reason": reason.rawValue, "exceeded": exceeded?.word, "token": job.token.description, "now": now.milliseconds,
      ]
      return try connection.transition(job.file, FileStatement.reject, refused, settling: .release)
    }
  }
}
