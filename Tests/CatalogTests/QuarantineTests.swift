import Core
import Database
import Foundation
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Catalog

/// Migrated files before the API and the administrator: quarantine, release, restore and download.
@Suite struct QuarantineTests {
  private let fixture: CatalogFixture
  private let removal: FileRemoval
  private let downloads: Downloads
  private let links: LinkCatalog
  private let export: FileExport

  init() throws {
    fixture = try CatalogFixture()
    try fixture.store.createBucket("raw")
    removal = FileRemoval(
      database: fixture.database,
      store: fixture.store,
      bucket: "raw",
      imagesURL: "https://a",
      retention: RetentionRule()
    )
    let configuration = S3Configuration(
      endpoint: try #require(S3Endpoint("http://10.0.0.9:9000")),
      credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "very-secret-key")
    )
    downloads = Downloads(bucket: "raw", signer: S3Store(configuration), database: fixture.database)
    links = LinkCatalog(database: fixture.database, baseURL: "https://app.example.com")
    export = FileExport(store: fixture.store, bucket: "raw")
  }

  private let text = Array("<script>alert(1)</script>".utf8)

  private func received(_ name: String, type: String) throws -> (FileID, LeasedJob) {
    let file = NewMigratedFile(
      id: FileID(at: .now),
      user: fixture.user,
      filename: name,
      contentType: type,
      size: Int64(text.count),
      rawKey: "ann/\(name)",
      createdAt: .now,
      migration: "run-1"
    )
    try #require(try fixture.database.beginMigratedFiles([file], at: .now) == [.done])
    _ = try fixture.store.memory.put(.bytes(text), to: file.rawKey, in: "raw")
    let digest = try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: text)))
    let object = MigratedObject(file: file.id, sha256: digest, size: file.size, versionID: nil)
    try #require(try fixture.database.receiveMigratedFiles([object], processing: .now, at: .now) == [.done])
    return (file.id, try #require(try fixture.database.leaseJob(.process, of: file.id, seconds: 60, at: .now + 1)))
  }

  private func quarantined(_ name: String, type: String = "text/html") throws -> FileID {
    let (file, job) = try received(name, type: type)
    let size = Int64(text.count)
    try #require(
      try fixture.database.quarantine(.malware, size: size, sha256: nil, under: job, at: .now + 1)
    )
    return file
  }

  private func record(_ file: FileID) throws -> FileRecord { try #require(try fixture.database.file(file)) }

  @Test func `the owner sees a quarantined file with its reason, and nobody gets its bytes`() throws {
    let file = try quarantined("a.html")
    let seen = try fixture.files.file(file, of: fixture.user)
    #expect(seen.state == "quarantined" && seen.reason == "malware" && seen.size == Int64(text.count))
    #expect(seen.deletesAt == nil && seen.variants.isEmpty)
    let listed = try fixture.files.files(of: fixture.user, FileFilter(), after: nil, limit: 10)
    #expect(listed.files.isEmpty)
    #expect(throws: StorageError.notFound) { try downloads.download(file, for: fixture.user, .attachment, at: .now) }
    #expect(throws: StorageError.self) {
      try links.make(LinkTerms(seconds: nil, disposition: nil), to: file, of: fixture.user, at: .now)
    }
    #expect(throws: StorageError.self) { try export.read(record(file)) { _ in } }
    #expect(throws: StorageError.self) {
      let change = try FileChange(filename: "b.html", visibility: nil)
      _ = try fixture.files.change(file, of: fixture.user, to: change, at: .now)
    }
  }

  @Test func `a quarantined file is deleted and restored to the quarantine, never to ready`() throws {
    let file = try quarantined("a.html")
    try removal.restore(file, of: fixture.user, at: .now)
    #expect(try record(file).state == .quarantined)
    try removal.delete(file, of: fixture.user, permanently: false, at: .now)
    let seen = try fixture.files.file(file, of: fixture.user)
    #expect(seen.state == "deleted" && seen.deletesAt != nil)
    #expect(throws: StorageError.self) { try export.read(record(file)) { _ in } }
    try removal.restore(file, of: fixture.user, at: .now)
    #expect(try record(file).state == .quarantined && record(file).reason == .malware)
  }

  @Test func `a released file is downloaded as an attachment of a type that does nothing`() throws {
    let file = try quarantined("a.html")
    try removal.release(file, at: .now)
    let download = try downloads.download(file, for: fixture.user, .attachment, at: .now)
    #expect(download.contentType == "application/octet-stream" && download.size == Int64(text.count))
    #expect(
      download.url.contains("/ann/a.html?") && download.url.contains("response-content-type=application%2Foctet-stream")
    )
    #expect(download.disposition.description.hasPrefix("attachment"))
    #expect(throws: StorageError.self) { try downloads.download(file, for: fixture.user, .inline, at: .now) }
    var bytes: [UInt8] = []
    try export.read(record(file)) { bytes += Array($0) }
    #expect(bytes == text)
    #expect(throws: StorageError.self) { try removal.release(file, at: .now) }
    #expect(throws: StorageError.notFound) { try removal.release(FileID(at: .now), at: .now) }
  }

  @Test func `a file without its bytes is not released`() throws {
    let (gone, short) = (try quarantined("gone"), try quarantined("short"))
    try fixture.store.memory.delete("ann/gone", in: "raw")
    _ = try fixture.store.memory.put(.bytes([1]), to: "ann/short", in: "raw")
    for file in [gone, short] {
      #expect(throws: StorageError.gone) { try removal.release(file, at: .now) }
      #expect(try record(file).state == .quarantined)
    }
  }

  @Test(arguments: [
    ("video/mp4", "video/mp4"), ("text/plain", "text/plain"), ("text/html", "application/octet-stream"),
    ("image/svg+xml", "application/octet-stream"), ("image/jpeg", "application/octet-stream"),
    ("application/x-unknown", "application/octet-stream"), ("", "application/octet-stream"),
  ])
  func `a plain file of a migration is sent as a harmless type`(claimed: String, sent: String) throws {
    let (file, job) = try received("a", type: claimed)
    let publication = Publication(
      versionID: nil,
      size: Int64(text.count),
      sha256: try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: text))),
      isPlain: true,
      variants: []
    )
    try #require(try fixture.database.publish(publication, under: job, at: .now + 1))
    #expect(try downloads.download(file, for: fixture.user, .attachment, at: .now).contentType == sent)
    #expect(try fixture.files.file(file, of: fixture.user).kind == "plain")
    #expect(throws: StorageError.self) { try downloads.download(file, for: fixture.user, .inline, at: .now) }
  }
}
