import Core
import Database
import Foundation
import Storage
import Testing

@testable import Operations

@Suite struct MigratedFileExplainerTests {
  private let jobs: JobFixture

  init() throws { jobs = try JobFixture() }

  private func begin() throws -> FileID {
    let file = NewMigratedFile(
      id: FileID(at: jobs.now),
      user: jobs.user,
      filename: "a",
      contentType: "text/plain",
      size: 5,
      rawKey: "ann/a",
      createdAt: jobs.now,
      migration: "run-1"
    )
    try #require(try jobs.database.beginMigratedFiles([file], at: jobs.now) == [.done])
    return file.id
  }

  private func receive(_ file: FileID) throws {
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
    let object = MigratedObject(file: file, sha256: digest, size: 5, versionID: "v1")
    try #require(try jobs.database.receiveMigratedFiles([object], processing: .never, at: jobs.now) == [.done])
  }

  @Test func `every state of a migrated file says what happens next`() throws {
    let file = try begin()
    var said = try jobs.explain(file)
    #expect(said["state"]?.hasPrefix("pending: a migration is about to store it") == true)
    #expect(said["next"] == "the migration stores its object, or gives it up")
    try receive(file)
    said = try jobs.explain(file)
    #expect(said["next"]?.contains("or runs `stowage jobs retry \(file)`") == true)
    let job = try #require(try jobs.database.leaseJob(.process, of: file, seconds: 60, at: jobs.now))
    try #require(try jobs.database.quarantine(.notScannable, size: 5, sha256: nil, under: job, at: jobs.now))
    try #require(try jobs.database.finish(job, at: jobs.now))
    said = try jobs.explain(file)
    #expect(said["state"]?.contains("not_scannable, it is larger than the scanner takes; its bytes are kept") == true)
    #expect(said["next"]?.contains("`stowage files release \(file)`") == true)
    try #require(try jobs.database.delete(file, of: jobs.user, at: jobs.now))
    #expect(try jobs.explain(file)["next"]?.contains("puts a delete marker over it") == true)
  }

  @Test func `a file is listed with its state and reason in full`() throws {
    let file = try begin()
    try receive(file)
    let job = try #require(try jobs.database.leaseJob(.process, of: file, seconds: 60, at: jobs.now))
    try #require(try jobs.database.quarantine(.notScannable, size: 5, sha256: nil, under: job, at: jobs.now))
    let record = try #require(try jobs.database.file(file))
    let lines = FileTable(width: 80, showsOwner: false).lines(record)
    #expect(lines.count == 2 && lines[0].contains(" quarantined 5 bytes") && lines[1].hasSuffix(" not_scannable"))
    let facts = Dictionary(FileTable.facts(record, RetentionRule()), uniquingKeysWith: { first, _ in first })
    #expect(facts["migrated"] == "by the run run-1" && facts["object"] == "ann/a")
  }
}
