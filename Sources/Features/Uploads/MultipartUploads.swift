public import Core
public import Database
public import Foundation
import S3
import Storage

/// Multipart uploads to the raw bucket: begins an upload, signs URLs for its parts, lists the parts and completes it.
///
/// Only the server begins, completes and aborts multipart uploads. Clients get URLs for parts and need no ETags.
public struct MultipartUploads: Sendable {
  let policy: UploadPolicy
  let bucket: RawBucket
  let database: FileDatabase

  /// Multipart uploads to `bucket` that follow `policy`.
  public init(policy: UploadPolicy, bucket: RawBucket, database: FileDatabase) {
    self.policy = policy
    self.bucket = bucket
    self.database = database
  }

  /// Reserves quota for `claim` and begins a multipart upload in the bucket.
  ///
  /// Until the store's upload identifier is saved, the reservation expires as early as one for a single PUT. A process
  /// that crashes between the two steps therefore blocks quota for that time only. A worker or the sweep aborts the
  /// orphaned upload. Throws `quotaExceeded`, `tooManyUploads`, and `unavailable` if the store does not answer.
  public func begin(_ claim: UploadClaim, for user: UserID, at now: Date) throws(StorageError) -> MultipartTicket {
    let plan = PartPlan(size: claim.size)
    let (key, expiresAt) = try begin(claim, partSize: plan.partSize, for: user, at: now)
    return MultipartTicket(fileId: key.file.description, expiresAt: expiresAt, plan: plan)
  }

  /// Begins an upload with parts of `partSize` bytes.
  ///
  /// If `leastBytes` is set, the claimed size is only the maximum, and parts may be longer.
  func begin(
    _ claim: UploadClaim,
    partSize: Int64,
    leastBytes: Int64? = nil,
    for user: UserID,
    at now: Date
  ) throws(StorageError) -> (key: RawKey, expiresAt: Date) {
    let key = RawKey(user: user, file: FileID(at: now), type: claim.type)
    let upload = NewUpload(
      key: key,
      claim: claim,
      expiresAt: now.addingTimeInterval(TimeInterval(policy.urlSeconds)),
      partSize: partSize,
      leastBytes: leastBytes
    )
    try database.reserve(upload, maximumOpen: policy.maximumOpen, at: now).check()
    let expiresAt = now.addingTimeInterval(TimeInterval(UploadPolicy.multipartSeconds))
    do throws(StorageError) {
      let begun = try StorageError.reaching("store") { () throws(StoreError) in
        try bucket.store.createMultipartUpload(
          key.description,
          in: bucket.name,
          options: options(for: claim, user, at: now)
        )
      }
      guard try database.open(key.file, as: begun.description, until: expiresAt) else {
        throw .uploadClosed(detail: "It was aborted before it began.")
      }
    } catch {
      // The abort releases the quota, and a worker aborts the upload in the store.
      _ = try? database.abort(key.file, of: user, removingAt: now)
      throw error
    }
    return (key, expiresAt)
  }

  /// Returns the same metadata that a single PUT sends, without a checksum.
  ///
  /// The store cannot verify the checksum of a whole object that is assembled from parts; the worker compares it.
  private func options(for claim: UploadClaim, _ user: UserID, at now: Date) -> PutOptions {
    let prefix = "x-amz-meta-"
    let headers = Presigner.headers(for: claim, user: user, at: now).filter { $0.name.hasPrefix(prefix) }
    let metadata = headers.map { (String($0.name.dropFirst(prefix.count)), $0.value) }
    return PutOptions(
      contentType: claim.type.contentType,
      metadata: Dictionary(metadata, uniquingKeysWith: { first, _ in first }),
      hasPrivateACL: policy.signsACL
    )
  }
}

/// The response to the start of a multipart upload.
public struct MultipartTicket: Hashable, Sendable {
  /// The file's identifier, with which the client asks for the file's state.
  public let fileId: String
  /// The time at which the upload expires.
  public let expiresAt: Date
  /// The part size and the number of parts.
  public let plan: PartPlan
}

extension Reservation {
  /// Throws the error for the client if nothing was reserved.
  func check() throws(StorageError) {
    switch self {
    case .reserved, .limited: break
    case .noRoom(let available): throw .quotaExceeded(available: available)
    case .tooMany(let limit): throw .tooManyUploads(limit: limit)
    }
  }
}
