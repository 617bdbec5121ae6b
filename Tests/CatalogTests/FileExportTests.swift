import Catalog
import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@Suite struct FileExportTests {
  private let fixture: CatalogFixture
  private let export: FileExport

  init() throws {
    fixture = try CatalogFixture()
    export = FileExport(store: fixture.store, bucket: "raw")
    try fixture.store.createBucket("raw")
  }

  /// Creates a ready file, whose object has `bytes`, and whose record has the size and digest of `recorded`.
  private func ready(_ bytes: [UInt8], recorded: [UInt8]? = nil) throws -> FileRecord {
    let file = try fixture.pending(type: .pdf)
    _ = try fixture.database.enqueue(for: [file], at: .now)
    let job = try #require(try fixture.database.leaseJob(.process, of: file, seconds: 60, at: .now + 1))
    try #require(try fixture.database.receive(file, at: .now))
    let pending = try #require(try fixture.database.file(file))
    let stored = try fixture.store.put(
      .bytes(bytes),
      to: pending.keptKey,
      in: "raw",
      options: PutOptions()
    )
    _ = stored
    let expected = recorded ?? bytes
    let publication = Publication(
      versionID: nil,
      size: Int64(expected.count),
      sha256: try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: expected))),
      variants: []
    )
    try #require(try fixture.database.publish(publication, under: job, at: .now))
    return try #require(try fixture.database.file(file))
  }

  private func read(_ file: FileRecord) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try export.read(file) { bytes += $0 }
    return bytes
  }

  @Test func `the checked bytes are read, also of a deleted file`() throws {
    let file = try ready([1, 2, 3])
    #expect(try read(file) == [1, 2, 3])
    try #require(try fixture.database.delete(file.id, of: file.user, at: .now))
    #expect(try read(#require(try fixture.database.file(file.id))) == [1, 2, 3])
  }

  @Test(arguments: [[1, 2, 4], [1, 2], [1, 2, 3, 4]] as [[UInt8]])
  func `bytes that differ from the checked ones are reported`(found: [UInt8]) throws {
    let file = try ready(found, recorded: [1, 2, 3])
    #expect(throws: StorageError.self) { try read(file) }
  }

  @Test func `missing bytes are gone, and files that never passed the checks are refused`() throws {
    let file = try ready([1])
    try fixture.store.delete(file.judgedKey, in: "raw", version: nil)
    #expect(throws: StorageError.gone) { try read(file) }
    for id in [try fixture.pending(), try fixture.rejected()] {
      let record = try #require(try fixture.database.file(id))
      let error = #expect(throws: StorageError.self) { try read(record) }
      guard case .wrongState = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }
}
