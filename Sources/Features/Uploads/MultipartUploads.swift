public import Core
public import Database
public import Foundation
import S3
import Storage

/// The multipart conversation: begins uploads in the raw bucket, signs their parts, lists what has come, and completes.
///
/// The client never holds a URL that begins, completes or aborts, and never has to read an ETag.
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

  /// Reserves room for `claim` and begins its upload in the bucket.
  ///
  /// Until the store's name for it is kept the reservation is as short as a single PUT's, so that a process that dies
  /// between the two holds the room no longer than that; what the store began, the worker or the sweep aborts.
  /// Throws `quotaExceeded`, `tooManyUploads`, and `unavailable` where the store does not answer.
  public func begin(_ claim: UploadClaim, for user: UserID, at now: Date) throws(StorageError) -> MultipartTicket {
    let plan = PartPlan(size: claim.size)
    let (key, expiresAt) = try begin(claim, partSize: plan.partSize, for: user, at: now)
    return MultipartTicket(fileId: key.file.description, expiresAt: expiresAt, plan: plan)
  }

  /// As above, for parts of `partSize`, or of any length from there where the claimed length is only the most.
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
      // Its room is given back, and a worker aborts whatever the store has under its key.
      _ = try? database.abort(key.file, of: user, removingAt: now)
      throw error
    }
    return (key, expiresAt)
  }

  /// As a single PUT's headers, without a checksum: of a whole object made of parts, the worker alone compares it.
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

/// What a client needs for an upload in parts.
public struct MultipartTicket: Hashable, Sendable {
  /// The file to ask for afterwards.
  public let fileId: String
  /// When the upload ends.
  public let expiresAt: Date
  /// How the file is to be cut.
  public let plan: PartPlan
}

extension Reservation {
  /// Throws what a client is told where nothing was reserved.
  func check() throws(StorageError) {
    switch self {
    case .reserved, .limited: break
    case .noRoom(let available): throw .quotaExceeded(available: available)
    case .tooMany(let limit): throw .tooManyUploads(limit: limit)
    }
  }
}
