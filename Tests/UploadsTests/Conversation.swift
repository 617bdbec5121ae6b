import Core
import Database
import Foundation
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Uploads

/// Multipart uploads on a store in memory, separate for each test.
final class Conversation: Sendable {
  static let now = Date(timeIntervalSince1970: 1_800_000_000)
  static let bucket = "raw"
  /// Three parts: 5 MB, 5 MB and 1 MB.
  static let size = 11 << 20

  let folder: ScratchFolder
  let database: FileDatabase
  let store = FaultyStore()
  let uploads: MultipartUploads
  let presigner: Presigner
  let user: UserID

  init(quotaBytes: Int64 = 100 << 20, policy: UploadPolicy = UploadPolicy()) throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: quotaBytes, at: Self.now)
    try store.createBucket(Self.bucket)
    try store.setVersioning(true, of: Self.bucket)
    let signer = S3Store(
      S3Configuration(
        endpoint: try #require(S3Endpoint("https://files.example.com")),
        credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "very-secret-key")
      )
    )
    let bucket = RawBucket(Self.bucket, in: store, signer: signer)
    uploads = MultipartUploads(policy: policy, bucket: bucket, database: database)
    presigner = Presigner(policy: policy, bucket: bucket, database: database)
  }

  func claim(size: Int = size) throws -> UploadClaim {
    try UploadClaim(filename: "Überblick.jpg", size: Int64(size), contentType: "image/jpeg", policy: UploadPolicy())
  }

  func begin() throws -> FileID {
    try #require(FileID(try uploads.begin(claim(), for: user, at: Self.now).fileId))
  }

  /// Begins an upload and puts all parts.
  func beginWhole() throws -> FileID {
    let file = try begin()
    for number in 1...3 { try put(number, of: file) }
    return file
  }

  /// Puts a part at its URL, with the right length by default.
  func put(_ number: Int, of file: FileID, count: Int? = nil) throws {
    let record = try record(file)
    let plan = PartPlan(size: record.claimedSize)
    let bytes = [UInt8](repeating: UInt8(number & 0xFF), count: count ?? Int(plan.size(of: number)))
    let id = UploadID(try #require(record.multipart?.uploadID))
    _ = try store.memory.uploadPart(
      .bytes(bytes),
      number: number,
      to: record.rawKey,
      in: Self.bucket,
      upload: id,
      sha256: nil
    )
  }

  func complete(_ file: FileID, at now: Date = Conversation.now) throws(StorageError) -> UploadOutcome {
    try uploads.complete(file, for: user, at: now)
  }

  func record(_ file: FileID) throws -> FileRecord { try #require(try database.file(file)) }

  func versions() throws -> [VersionSummary] {
    try store.memory.listVersions(Self.bucket, prefix: "", after: nil, limit: 100).items
  }

  func openUploads() throws -> [UploadSummary] {
    try store.memory.listMultipartUploads(Self.bucket, prefix: "", after: nil, limit: 100).items
  }

  func expectReserved(_ bytes: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(try database.user(user)?.reservedBytes == Int64(bytes), sourceLocation: sourceLocation)
    #expect(try database.recountQuotas().isEmpty, sourceLocation: sourceLocation)
  }
}
