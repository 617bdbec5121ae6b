public import Core
public import Database
public import Foundation
import S3
import Signing
import Storage

/// Lets clients upload straight to the raw bucket: reserves room for a claim and signs the URL that holds it to its word.
public struct Presigner: Sendable {
  private let policy: UploadPolicy
  private let bucket: RawBucket
  let database: FileDatabase

  /// Presigned uploads to `bucket` that follow `policy`.
  public init(policy: UploadPolicy, bucket: RawBucket, database: FileDatabase) {
    self.policy = policy
    self.bucket = bucket
    self.database = database
  }

  /// Reserves room for `claim` and answers what the client needs for its PUT.
  ///
  /// Throws `tooLarge` above the single-PUT limit, where `MultipartUploads` goes on; `quotaExceeded` where there is no room,
  /// and `tooManyUploads` where the user has as many under way as they may.
  public func presign(_ claim: UploadClaim, for user: UserID, at now: Date) throws(StorageError) -> UploadTicket {
    guard claim.size <= policy.singlePutMaximumBytes else {
      throw .tooLarge(limit: policy.singlePutMaximumBytes)
    }
    let file = FileID(at: now)
    let key = RawKey(user: user, file: file, type: claim.type)
    let expiresAt = now.addingTimeInterval(TimeInterval(policy.urlSeconds))
    var headers = Self.headers(for: claim, user: user, at: now)
    headers += policy.objectGuards.map { ($0.header.rawValue, $0.value) }
    if let digest = claim.sha256, policy.signsChecksums {
      headers.append((UploadHeader.checksum.rawValue, Data(digest.bytes).base64EncodedString()))
    }
    let signed = try StorageError.reaching("signature") { () throws(StoreError) in
      try bucket.signer.presignPut(
        key.description,
        in: bucket.name,
        signedHeaders: headers + [("content-length", String(claim.size))],
        expires: policy.urlSeconds,
        at: now
      )
    }
    let upload = NewUpload(key: key, claim: claim, expiresAt: expiresAt)
    try database.reserve(upload, maximumOpen: policy.maximumOpen, at: now).check()
    return UploadTicket(fileId: file.description, expiresAt: expiresAt, put: .init(url: signed.url, headers: headers))
  }

  /// What the client must send beside a checksum, and `content-length`, which its HTTP library sets from the body.
  static func headers(for claim: UploadClaim, user: UserID, at now: Date) -> [(name: String, value: String)] {
    [
      (.contentType, claim.type.contentType),
      (.ifNoneMatch, "*"),
      (.filename, percentEncodeQuery(claim.filename.description)),
      (.uploadedAt, now.formatted(.iso8601)),
      (.uploader, user.description),
    ].map { (header: UploadHeader, value: String) in (name: header.rawValue, value: value) }
  }
}

/// What a client needs for one upload.
public struct UploadTicket: Sendable {
  /// The presigned PUT.
  public struct Put: Sendable {
    /// Where to PUT the bytes.
    public let url: String
    /// What to send with them, each signed.
    public let headers: [(name: String, value: String)]
  }

  /// The file to ask for afterwards.
  public let fileId: String
  /// When the URL stops working.
  public let expiresAt: Date
  /// The presigned PUT.
  public let put: Put
}
