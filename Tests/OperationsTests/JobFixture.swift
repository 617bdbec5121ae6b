import Assembly
import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Operations

/// Files with jobs, on a separate database and store; the clock stands still.
final class JobFixture {
  let node: DoctorFixture
  let settings: Settings
  let database: FileDatabase
  let user: UserID
  let now = Date(timeIntervalSince1970: 1_800_000_000)

  init() throws {
    node = try DoctorFixture()
    let app = try node.application()
    settings = app.settings
    database = try app.database
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1_000_000, at: now)
  }

  /// Creates a pending upload of 2,048 bytes, presigned `ago` seconds before `now` for 900 s.
  func claim(_ filename: String = "photo.jpg", ago: Double = 60) throws -> FileID {
    let claim = try UploadClaim(filename: filename, size: 2048, contentType: "image/jpeg", policy: UploadPolicy())
    let key = RawKey(user: user, file: FileID(at: now - ago), type: .jpeg)
    let upload = NewUpload(key: key, claim: claim, expiresAt: now - ago + 900)
    try #require(try database.reserve(upload, at: now - ago) == .reserved)
    return key.file
  }

  func received(ago: Double = 60) throws -> FileID {
    let file = try claim(ago: ago)
    try #require(try database.receive(file, at: now - ago + 1))
    return file
  }

  func lease(_ file: FileID, _ kind: JobKind = .process, ago: Double = 0) throws -> LeasedJob {
    try #require(try database.leaseJob(kind, of: file, seconds: 120, at: now - ago))
  }

  /// Creates a ready file with its pinned version and a thumbnail, and without a job.
  func ready() throws -> FileID {
    let file = try received()
    let job = try lease(file)
    let key = try ProcessedKey(
      user: user,
      file: file,
      version: #require(VariantVersion("0123456789ab")),
      name: .thumb,
      type: .webp
    )
    _ = try node.store.memory.put(.bytes([1]), to: key.description, in: settings.buckets.processed)
    let publication = try Publication(
      versionID: put(file)?.description,
      size: 2048,
      sha256: #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64))),
      variants: [Variant(key: key, width: 150, height: 150, size: 1)]
    )
    try #require(try database.publish(publication, under: job, at: now))
    try #require(try database.finish(job, at: now))
    return file
  }

  func rejected(_ reason: RejectionReason = .typeMismatch, _ exceeded: ExceededLimit? = nil) throws -> FileID {
    let file = try received()
    let job = try lease(file)
    try #require(try database.reject(reason, exceeded, under: job, at: now))
    try #require(try database.finish(job, at: now))
    return file
  }

  @discardableResult
  func put(_ file: FileID) throws -> VersionID? {
    let key = try #require(try database.file(file)).rawKey
    return try node.store.memory.put(.bytes([1, 2, 3]), to: key, in: settings.buckets.raw).version
  }

  /// Returns the explanation of `file` by label; a continuation line belongs to the label above it.
  func explain(_ file: FileID, after seconds: Double = 0) throws -> [String: String] {
    let explainer = FileExplainer(
      settings: settings,
      database: database,
      store: { [node] () throws(StorageError) in node.store },
      isWorkerRunning: { [node] in node.isWorkerRunning }
    )
    var said: [String: String] = [:]
    var label = ""
    for line in try explainer.explain(file, at: now + seconds) {
      if !line.label.isEmpty { label = line.label }
      said[label, default: ""] += (said[label] == nil ? "" : "\n") + line.text
    }
    return said
  }
}
