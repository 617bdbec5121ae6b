public import Core
public import Foundation

/// A new upload, for which quota is to be reserved.
public struct NewUpload: Hashable, Sendable {
  /// The key in the raw bucket, which contains the user and the file.
  public let key: RawKey
  /// The facts that the client declared about the file.
  public let claim: UploadClaim
  /// The time at which the upload URL ends.
  public let expiresAt: Date
  /// The length of the parts, in bytes; nil for an upload in a single PUT.
  public let partSize: Int64?
  /// The smallest useful reservation, in bytes, for an upload whose claimed length is only a maximum.
  ///
  /// The reservation fails if the user has less quota left. Nil if the length is known.
  public let leastBytes: Int64?

  /// Creates an upload to `key`: a single PUT unless `partSize` is given, of known length unless `leastBytes` is given.
  public init(
    key: RawKey,
    claim: UploadClaim,
    expiresAt: Date,
    partSize: Int64? = nil,
    leastBytes: Int64? = nil
  ) {
    self.key = key
    self.claim = claim
    self.expiresAt = expiresAt
    self.partSize = partSize
    self.leastBytes = leastBytes
  }
}

/// The outcome of a reservation.
public enum Reservation: Hashable, Sendable {
  /// The file is `pending`, and its claimed size is reserved.
  case reserved
  /// The file is `pending`, and this many bytes, its maximum size, are reserved.
  case limited(to: Int64)
  /// Nothing was stored: the user's quota has only this many bytes left.
  case noRoom(available: Int64)
  /// Nothing was stored: the user already has the maximum number of pending files.
  case tooMany(limit: Int)
}

extension FileDatabase {
  /// New → pending: reserves quota for the claimed size and stores the file, or does neither.
  ///
  /// With `leastBytes` it reserves the available quota, between that minimum and the claimed size. Concurrent calls
  /// cannot exceed the quota or `maximumOpen` pending files (0: no limit). Creates the record of a user who has none: an
  /// administrator can erase a user at any time, and the user can return.
  public func reserve(
    _ upload: NewUpload,
    maximumOpen: Int = 0,
    at now: Date
  ) throws(StorageError) -> Reservation {
    try write { [newUsers] connection in
      if let reservation = try connection.reserve(upload, maximumOpen: maximumOpen, at: now) { return reservation }
      _ = try connection.makeUser(upload.key.user, plan: newUsers.plan, quotaBytes: newUsers.quotaBytes, at: now)
      guard let reservation = try connection.reserve(upload, maximumOpen: maximumOpen, at: now) else {
        throw DatabaseError.unexpected(detail: "user \(upload.key.user) has no record after its creation")
      }
      return reservation
    }
  }
}

extension Connection {
  /// Reserves quota and stores the file; nil if the user has no record.
  fileprivate func reserve(_ upload: NewUpload, maximumOpen: Int, at now: Date) throws -> Reservation? {
    let user = upload.key.user.description
    let size = try size(to: upload)
    // The number of pending files is at least that of the uploads, which nearly always answers both questions at once.
    let most = maximumOpen > 0 ? Int64(maximumOpen) : Int64.max
    if try !changes(UserStatement.reserve, inOrder: [size, user, most]) {
      guard try changes(UserStatement.reserve, inOrder: [size, user, Int64.max]) else {
        let owner = try first(UserStatement.find, ["user": user]).map(UserRecord.init)
        return owner.map { .noRoom(available: $0.availableBytes) }
      }
      // The row of the user is now locked, so no other transaction can add an upload before the commit.
      if try maximumOpen > 0 && openUploads(of: user, atMost: maximumOpen) >= maximumOpen {
        try run(UserStatement.withdraw, ["user": user, "size": size])
        return .tooMany(limit: maximumOpen)
      }
    }
    let (key, claim) = (upload.key, upload.claim)
    // $file, $user, $filename, $search_name, $content_type, $size, $is_limit, $sha256, $visibility, $raw_key, $now, $expires
    _ = try changes(
      FileStatement.create,
      inOrder: [
        key.file.description, user, claim.filename.description, FileName.folded(claim.filename.description),
        claim.type.contentType, size, upload.leastBytes == nil ? 0 : 1, claim.sha256?.description,
        claim.visibility.rawValue, key.description, now.milliseconds, upload.expiresAt.milliseconds,
      ]
    )
    if let partSize = upload.partSize {
      try run(MultipartStatement.create, ["file": upload.key.file.description, "part_size": partSize])
    }
    return upload.leastBytes == nil ? .reserved : .limited(to: size)
  }

  /// Returns the number of bytes that `upload` reserves.
  fileprivate func size(to upload: NewUpload) throws -> Int64 {
    guard let least = upload.leastBytes,
      let owner = try first(UserStatement.find, ["user": upload.key.user.description]).map(UserRecord.init)
    else { return upload.claim.size }
    return max(least, min(upload.claim.size, owner.availableBytes))
  }

  fileprivate func openUploads(of user: String, atMost limit: Int) throws -> Int64 {
    try first(UserStatement.openUploads, ["user": user, "limit": limit])?.integer("found") ?? 0
  }
}
