public import Core
public import Database
public import Foundation
import S3
import Signing
import Storage

/// Lets clients upload straight to the raw bucket: reserves quota for a claim, and signs a URL for exactly that claim.
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

  /// Reserves quota for `claim` and returns the URL and headers of the client's PUT.
  ///
  /// Throws `tooLarge` above the limit for a single PUT; `MultipartUploads` accepts larger files. Throws
  /// `quotaExceeded` if the claim exceeds the remaining quota, and `tooManyUploads` if the user has the maximum number
  /// of pending uploads. Throws `unavailable` if the store's credentials end too early for a URL.
  public func presign(_ claim: UploadClaim, for user: UserID, at now: Date) throws(StorageError) -> UploadTicket {
    guard claim.size <= policy.singlePutMaximumBytes else {
      throw .tooLarge(limit: policy.singlePutMaximumBytes)
    }
    let file = FileID(at: now)
    let key = RawKey(user: user, file: file, type: claim.type)
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
    // The URL ends with the session of the credentials, if that is earlier.
    let expiresAt = now.addingTimeInterval(TimeInterval(signed.seconds))
    let upload = NewUpload(key: key, claim: claim, expiresAt: expiresAt)
    try database.reserve(upload, maximumOpen: policy.maximumOpen, at: now).check()
    return UploadTicket(fileId: file.description, expiresAt: expiresAt, put: .init(url: signed.url, headers: headers))
  }

  /// Returns the headers that the client must send, except the checksum and `content-length`.
  ///
  /// The client's HTTP library sets `content-length` from the body.
  static func headers(for claim: UploadClaim, user: UserID, at now: Date) -> [(name: String, value: String)] {
    [
      (.contentType, claim.type.contentType),
      (.ifNoneMatch, "*"),
      (.filename, percentEncodeQuery(claim.filename.description)),
      (.uploadedAt, now.internetText),
      (.uploader, user.written),
    ].map { (header: UploadHeader, value: String) in (name: header.rawValue, value: value) }
  }
}

/// The response to a successful claim.
public struct UploadTicket: Sendable {
  /// The presigned PUT.
  public struct Put: Sendable {
    /// The URL that receives the bytes by PUT.
    public let url: String
    /// The headers to send with the bytes.
    ///
    /// Each header is signed.
    public let headers: [(name: String, value: String)]
  }

  /// The file's identifier, with which the client asks for the file's state.
  public let fileId: String
  /// The time at which the URL expires.
  public let expiresAt: Date
  /// The presigned PUT.
  public let put: Put
}
