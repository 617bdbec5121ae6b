import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

extension ProcessingFixture {
  /// Stores `bytes` under `ann/{path}` as a migration does, and returns the received file, whose job is due.
  func migrate(
    _ bytes: [UInt8],
    to path: String,
    named name: String? = nil,
    type: String = "application/octet-stream",
    acceptsUnscanned: Bool = false,
    processing: MigratedProcessing = .now
  ) throws -> FileID {
    let file = NewMigratedFile(
      id: FileID(at: .now),
      user: user,
      filename: name ?? path,
      contentType: type,
      size: Int64(bytes.count),
      rawKey: "ann/\(path)",
      visibility: .public,
      createdAt: .now,
      migration: "run-1",
      acceptsUnscanned: acceptsUnscanned
    )
    try #require(try database.beginMigratedFiles([file], at: .now) == [.done])
    let stored = try store.memory.put(.bytes(bytes), to: file.rawKey, in: Self.buckets.raw)
    let digest = try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: bytes)))
    let object = MigratedObject(
      file: file.id,
      sha256: digest,
      size: Int64(bytes.count),
      versionID: stored.version.flatMap { $0.description == "null" ? nil : $0.description }
    )
    try #require(try database.receiveMigratedFiles([object], processing: processing, at: .now) == [.done])
    return file.id
  }

  /// Returns the bytes of the current object under the file's raw key.
  func current(_ file: FileID) throws -> [UInt8] {
    try store.memory.bytes(of: record(file).rawKey, in: Self.buckets.raw, limit: 10_000_000)
  }

  /// Returns the bytes of the recorded version.
  func recorded(_ file: FileID) throws -> [UInt8] {
    let record = try record(file)
    return try store.memory.bytes(
      of: record.judgedKey,
      in: Self.buckets.raw,
      version: record.versionID.map { VersionID($0) },
      limit: 10_000_000
    )
  }

  /// Returns every version and marker in the raw bucket.
  func allRaw() throws -> [VersionSummary] {
    try store.memory.listVersions(Self.buckets.raw, prefix: "", after: nil, limit: 1000).items
  }
}
