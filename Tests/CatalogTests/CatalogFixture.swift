import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Catalog

/// A database and a store with files in any state, and the catalogs that read them.
final class CatalogFixture: Sendable {
  static let imagesURL = "https://cdn.example.com"

  let folder: ScratchFolder
  let database: FileDatabase
  let store = FaultyStore()
  let user: UserID
  let images: ImageCatalog
  let files: FileCatalog

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1_000_000, at: .now)
    try store.createBucket("processed")
    images = ImageCatalog(database: database, store: store, bucket: "processed", specifications: [])
    files = FileCatalog(database: database, imagesURL: Self.imagesURL, retention: RetentionRule())
  }

  /// Makes the raw bucket, which keeps versions, and returns the removal of files from it.
  func removal() throws -> FileRemoval {
    try store.createBucket("raw")
    try store.setVersioning(true, of: "raw")
    return FileRemoval(
      database: database,
      store: store,
      bucket: "raw",
      imagesURL: Self.imagesURL,
      retention: RetentionRule()
    )
  }

  /// Creates a file whose upload has not arrived.
  func pending(_ visibility: Visibility = .public, type: FileType = .jpeg) throws -> FileID {
    let claim = try UploadClaim(
      filename: "süß.\(type.fileExtension)",
      size: 100,
      contentType: type.contentType,
      visibility: visibility.rawValue,
      policy: UploadPolicy(types: FileType.allCases)
    )
    let key = RawKey(user: user, file: FileID(at: .now), type: type)
    let upload = NewUpload(key: key, claim: claim, expiresAt: .now + 900)
    try #require(try database.reserve(upload, at: .now) == .reserved)
    return key.file
  }

  /// Creates a ready file with its variants in the store.
  func ready(
    _ visibility: Visibility = .public,
    type: FileType = .jpeg,
    version: String? = "v1"
  ) throws -> FileID {
    let file = try pending(visibility, type: type)
    let job = try lease(file)
    let publication = Publication(
      versionID: version,
      size: 99,
      sha256: try digest("a"),
      variants: type.isImage ? try variants(file, "a") : []
    )
    try #require(try database.publish(publication, under: job, at: .now))
    try #require(try database.finish(job, at: .now))
    return file
  }

  /// Creates a ready file of a plain type.
  func ready(plain setting: String, named name: String) throws -> FileID {
    let policy = UploadPolicy(plainTypes: [try PlainType(setting: setting)])
    let claim = try UploadClaim(filename: name, size: 100, contentType: "", policy: policy)
    let key = RawKey(user: user, file: FileID(at: .now), type: claim.type)
    try #require(
      try database.reserve(NewUpload(key: key, claim: claim, expiresAt: .now + 900), at: .now) == .reserved
    )
    let job = try lease(key.file)
    let publication = Publication(versionID: "v1", size: 99, sha256: try digest("a"), variants: [])
    try #require(try database.publish(publication, under: job, at: .now))
    try #require(try database.finish(job, at: .now))
    return key.file
  }

  func rejected(_ reason: RejectionReason = .malware, _ exceeded: ExceededLimit? = nil) throws -> FileID {
    let file = try pending()
    let job = try lease(file)
    try #require(try database.reject(reason, exceeded, under: job, at: .now))
    try #require(try database.finish(job, at: .now))
    return file
  }

  private func lease(_ file: FileID) throws -> LeasedJob {
    _ = try database.enqueue(for: [file], at: .now)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: .now + 1))
    try #require(try job.file == file && database.receive(file, at: .now))
    return job
  }

  /// Replaces the content of all variants with `digit`: deletes and restores the file.
  func replace(_ file: FileID, with digit: Character) throws {
    try #require(try database.delete(file, of: user, at: .now))
    let variants = try variants(file, digit)
    try #require(try database.restore(file, of: user, variants: variants, deletedAfter: .now - 60, at: .now))
  }

  private func digest(_ digit: Character) throws -> SHA256Digest {
    try #require(SHA256Digest(hexadecimal: String(repeating: digit, count: 64)))
  }

  private func variants(_ file: FileID, _ digit: Character) throws -> [Variant] {
    try [(VariantName.thumb, FileType.webp, 10), (.original, .jpeg, 200_000)].map { name, type, size in
      let version = VariantVersion(prefixOf: try digest(digit))
      let key = ProcessedKey(user: user, file: file, version: version, name: name, type: type)
      _ = try store.memory.put(.bytes(Array(repeating: 7, count: size)), to: key.description, in: "processed")
      return Variant(key: key, width: 150, height: 100, size: Int64(size))
    }
  }

  /// Returns a path below `/images/ann/{file}/`.
  func path(_ file: FileID, _ rest: String, prefix: String = "images") -> String {
    "/\(prefix)/\(user)/\(file)/\(rest)"
  }
}

/// Returns the version of the variants with content `digit`.
func version(_ digit: Character = "a") -> String { String(repeating: digit, count: 12) }
