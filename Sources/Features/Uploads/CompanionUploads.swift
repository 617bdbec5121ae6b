public import Core
import Database
public import Foundation
import S3
import Storage

/// Uploads by Companion's routes, which tell no length: as much room as the file may need is reserved, at most what there
/// is, and what it does not need is free once it has come.
///
/// An upload in parts is named by its file, not by the store's name for it; and by its key, which must be that file's.
public struct CompanionUploads: Sendable {
  let presigner: Presigner
  let multiparts: MultipartUploads
  var policy: UploadPolicy { multiparts.policy }
  var bucket: RawBucket { multiparts.bucket }
  var database: FileDatabase { multiparts.database }

  /// Companion's routes over the uploads of the API's own routes; both go to the same bucket.
  public init(presigner: Presigner, multiparts: MultipartUploads) {
    self.presigner = presigner
    self.multiparts = multiparts
  }

  /// Reserves room, and answers a form that uploads a file of at most so many bytes.
  ///
  /// Throws as `Presigner.presign` does; the limit is that of every upload, since a form has no parts.
  public func form(_ wish: CompanionClaim, for user: UserID, at now: Date) throws(StorageError) -> CompanionForm {
    let claim = wish.claim
    let key = RawKey(user: user, file: FileID(at: now), type: claim.type)
    let expiresAt = now.addingTimeInterval(TimeInterval(policy.urlSeconds))
    let upload = NewUpload(key: key, claim: claim, expiresAt: expiresAt, leastBytes: wish.leastBytes)
    let reservation = try database.reserve(upload, maximumOpen: policy.maximumOpen, at: now)
    try reservation.check()
    let most = if case .limited(let most) = reservation { most } else { claim.size }
    // A form cannot ask for a free key; of what is sent again the last counts.
    let headers = Presigner.headers(for: claim, user: user, at: now).filter { $0.name != "if-none-match" }
    let acl = policy.signsACL ? [(name: "acl", value: "private")] : []
    let form = try StorageError.reaching("signature") { () throws(StoreError) in
      try bucket.signer.presignPost(
        key.description,
        in: bucket.name,
        fields: [("success_action_status", "201")] + acl + headers,
        sizes: wish.leastBytes...most,
        expires: policy.urlSeconds,
        at: now
      )
    }
    return CompanionForm(fileId: key.file.description, url: form.url, fields: form.fields, seconds: policy.urlSeconds)
  }

  /// Reserves room and begins an upload in parts.
  public func begin(_ wish: CompanionClaim, for user: UserID, at now: Date) throws(StorageError) -> CompanionUpload {
    let begun = try multiparts.begin(
      wish.claim,
      partSize: PartPlan.minimumPartSize,
      leastBytes: wish.leastBytes,
      for: user,
      at: now
    )
    return CompanionUpload(key: begun.key.description, id: begun.key.file.description)
  }

  /// Gives the upload up, as `Presigner.abort` does; throws `notFound` where the key is not the upload's.
  public func abort(_ upload: CompanionUpload, for user: UserID, at now: Date) throws(StorageError) {
    try presigner.abort(try record(upload, of: user).id, for: user, at: now)
  }

  /// The user's upload, unless it was begun by other routes, which promised that its parts have their length signed.
  func record(_ upload: CompanionUpload, of user: UserID) throws(StorageError) -> FileRecord {
    guard let file = FileID(upload.id) else { throw .notFound }
    let record = try database.record(file, of: user)
    guard record.rawKey == upload.key, record.isSizeLimit || record.state != .pending else { throw .notFound }
    return record
  }
}

/// A form for one file.
public struct CompanionForm: Sendable {
  /// The file to ask for afterwards.
  public let fileId: String
  /// Where to POST it.
  public let url: String
  /// Its fields in order; the file comes behind them.
  public let fields: [(name: String, value: String)]
  /// How long it lives, in seconds.
  public let seconds: Int
}

/// What names an upload in parts.
public struct CompanionUpload: Hashable, Sendable {
  /// The key in the raw bucket.
  public let key: String
  /// The file.
  public let id: String

  /// As a client names it.
  public init(key: String, id: String) {
    self.key = key
    self.id = id
  }
}
