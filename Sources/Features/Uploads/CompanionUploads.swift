public import Core
import Database
public import Foundation
import S3
import Storage

/// Uploads through the Companion routes, whose requests do not state the file's length.
///
/// The claimed maximum, or the rest of the user's quota if that is smaller, is reserved. The unused bytes are released
/// once the size is known. A client names a multipart upload by its file identifier and its key; the store's upload
/// identifier stays private.
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

  /// Reserves quota and returns a form for one POST upload, with the reserved size as the maximum.
  ///
  /// Throws the same errors as `Presigner.presign`. The size limit is `maximumBytes` of the policy, because one POST
  /// carries the whole file.
  public func form(_ wish: CompanionClaim, for user: UserID, at now: Date) throws(StorageError) -> CompanionForm {
    let claim = wish.claim
    let key = RawKey(user: user, file: FileID(at: now), type: claim.type)
    // The lifetime is known before anything is reserved: without credentials, nothing stays reserved.
    let seconds = try StorageError.reaching("signature") { () throws(StoreError) in
      try bucket.signer.lifetime(of: policy.urlSeconds, at: now)
    }
    let expiresAt = now.addingTimeInterval(TimeInterval(seconds))
    let upload = NewUpload(key: key, claim: claim, expiresAt: expiresAt, leastBytes: wish.leastBytes)
    let reservation = try database.reserve(upload, maximumOpen: policy.maximumOpen, at: now)
    try reservation.check()
    let most = if case .limited(let most) = reservation { most } else { claim.size }
    do throws(StorageError) {
      return try sign(wish, to: key, upTo: most, for: user, seconds: seconds, at: now)
    } catch {
      _ = try? database.abort(key.file, of: user, removingAt: now)
      throw error
    }
  }

  private func sign(
    _ wish: CompanionClaim,
    to key: RawKey,
    upTo most: Int64,
    for user: UserID,
    seconds: Int,
    at now: Date
  ) throws(StorageError) -> CompanionForm {
    // A POST policy cannot express `If-None-Match`: if the form is sent twice, the second upload replaces the first.
    let headers = Presigner.headers(for: wish.claim, user: user, at: now).filter { $0.name != "if-none-match" }
    let acl = policy.signsACL ? [(name: "acl", value: "private")] : []
    let form = try StorageError.reaching("signature") { () throws(StoreError) in
      try bucket.signer.presignPost(
        key.description,
        in: bucket.name,
        fields: [("success_action_status", "201")] + acl + headers,
        sizes: wish.leastBytes...most,
        expires: seconds,
        at: now
      )
    }
    return CompanionForm(fileId: key.file.description, url: form.url, fields: form.fields, seconds: form.seconds)
  }

  /// Reserves quota and begins a multipart upload.
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

  /// Aborts the upload as `Presigner.abort` does; throws `notFound` if the key is not the upload's key.
  public func abort(_ upload: CompanionUpload, for user: UserID, at now: Date) throws(StorageError) {
    try presigner.abort(try record(upload, of: user).id, for: user, at: now)
  }

  /// Returns the record of the user's upload.
  ///
  /// Throws `notFound` for uploads that other routes began: the signatures of their parts include the length, which
  /// Companion clients do not send.
  func record(_ upload: CompanionUpload, of user: UserID) throws(StorageError) -> FileRecord {
    guard let file = FileID(upload.id) else { throw .notFound }
    let record = try database.record(file, of: user)
    guard record.rawKey == upload.key, record.isSizeLimit || record.state != .pending else { throw .notFound }
    return record
  }
}

/// A form that uploads one file by POST.
public struct CompanionForm: Sendable {
  /// The file's identifier, with which the client asks for the file's state.
  public let fileId: String
  /// The URL that receives the POST.
  public let url: String
  /// The form fields, in order; the file is the last field, after these.
  public let fields: [(name: String, value: String)]
  /// The lifetime of the form, in seconds.
  public let seconds: Int
}

/// The two values by which a client names a multipart upload.
public struct CompanionUpload: Hashable, Sendable {
  /// The key in the raw bucket.
  public let key: String
  /// The identifier of the file.
  public let id: String

  /// An upload as a client's request names it.
  public init(key: String, id: String) {
    self.key = key
    self.id = id
  }
}
