public import Core
public import Foundation
internal import GRDB

/// An upload that asks for room.
public struct NewUpload: Hashable, Sendable {
  /// Its key in the raw bucket, which names the user and the file.
  public let key: RawKey
  /// What the client said of it.
  public let claim: UploadClaim
  /// When its upload URL ends.
  public let expiresAt: Date
  /// The length of its parts, in bytes; nil where it goes up in one PUT.
  public let partSize: Int64?
  /// Where the claimed length is only the most that the file may have: the least room worth taking, in bytes.
  public let leastBytes: Int64?

  /// An upload to `key`, in one PUT unless it has parts, and just as long as it is claimed to be unless `leastBytes` is
  /// given.
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

/// What became of a wish for room.
public enum Reservation: Hashable, Sendable {
  /// The file is `pending` and its claimed size is reserved.
  case reserved
  /// The file is `pending`, may have so many bytes at most, and these are reserved.
  case limited(to: Int64)
  /// Nothing was stored: the user's quota has only this many bytes left.
  case noRoom(available: Int64)
  /// Nothing was stored: the user has as many pending files as they may.
  case tooMany(limit: Int)
}

extension FileDatabase {
  /// New → pending: takes the claimed size from the user's room and stores the file, or neither.
  ///
  /// Where the upload has a `leastBytes`, it takes what there is between that and the claimed size. No race takes a user
  /// past the quota, or past `maximumOpen` pending files, where 0 is any number. The user must have a record.
  public func reserve(
    _ upload: NewUpload,
    maximumOpen: Int = 0,
    at now: Date
  ) throws(StorageError) -> Reservation {
    try write { connection in
      let user = upload.key.user.description
      let size = try connection.size(to: upload)
      guard try connection.changes(UserStatement.reserve, ["user": user, "size": size]) else {
        guard let row = try connection.first(UserStatement.find, ["user": user]) else {
          throw DatabaseError.unexpected(detail: "user \(user) has no record")
        }
        return .noRoom(available: try UserRecord(row).availableBytes)
      }
      // The user's row is locked by now, so nobody else counts meanwhile.
      if maximumOpen > 0, try connection.openUploads(of: user) >= maximumOpen {
        try connection.run(UserStatement.settle, ["user": user, "reserved": -size, "used": 0])
        return .tooMany(limit: maximumOpen)
      }
      try connection.run(
        FileStatement.create,
        [
          "file": upload.key.file.description, "user": user, "filename": upload.claim.filename.description,
          "search_name": FileName.folded(upload.claim.filename.description),
          "content_type": upload.claim.type.contentType, "size": size, "is_limit": upload.leastBytes == nil ? 0 : 1,
          "sha256": upload.claim.sha256?.description, "visibility": upload.claim.visibility.rawValue,
          "raw_key": upload.key.description, "now": now.milliseconds, "expires": upload.expiresAt.milliseconds,
        ]
      )
      if let partSize = upload.partSize {
        try connection.run(
          MultipartStatement.create,
          ["file": upload.key.file.description, "part_size": partSize]
        )
      }
      return upload.leastBytes == nil ? .reserved : .limited(to: size)
    }
  }
}

extension GRDB.Database {
  /// What `upload` takes of its owner's room, if it takes anything.
  fileprivate func size(to upload: NewUpload) throws -> Int64 {
    guard let least = upload.leastBytes,
      let owner = try first(UserStatement.find, ["user": upload.key.user.description]).map(UserRecord.init)
    else { return upload.claim.size }
    return max(least, min(upload.claim.size, owner.availableBytes))
  }

  fileprivate func openUploads(of user: String) throws -> Int64 {
    try first(UserStatement.openUploads, ["user": user])?.integer("found") ?? 0
  }
}
