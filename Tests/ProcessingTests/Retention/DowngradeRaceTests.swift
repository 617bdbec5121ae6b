import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Processing

/// Users become premium while a cleanup deletes their files: threads with separate connections to one database file.
@Suite struct DowngradeRaceTests {
  private static let start = Date(timeIntervalSince1970: 1_800_000_000)
  /// All files are a year old, and every downgrade lies longer ago than the notice.
  private static let now = start + 400 * 86_400

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let users: [UserID]

  init() throws {
    let folder = try ScratchFolder()
    let database = try FileDatabase(path: folder.file("stowage.sqlite"), busySeconds: 60)
    let count = LongRun.count(500, reduced: 120)
    users = try (0..<count).map { number in
      // Users of the same page of the cleanup have neighbouring names.
      let user = try #require(UserID("user\(10_000 + number)"))
      _ = try database.user(user, plan: .premium, quotaBytes: 1_000_000, at: Self.start)
      for _ in 0..<3 { try Self.ready(user, in: database) }
      _ = try database.change(user, plan: .standard, quotaBytes: nil, at: Self.start + 1)
      return user
    }
    (self.folder, self.database) = (folder, database)
  }

  private static func ready(_ user: UserID, in database: FileDatabase) throws {
    let claim = try UploadClaim(filename: "a.pdf", size: 100, contentType: "application/pdf", policy: UploadPolicy())
    let key = RawKey(user: user, file: FileID(at: start), type: .pdf)
    try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: start + 900), at: start) == .reserved)
    try #require(try database.complete(key.file, at: start))
    let job = try #require(try database.leaseJob(.process, of: key.file, seconds: 60, at: start))
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
    let publication = Publication(versionID: "v", size: 100, sha256: digest, variants: [])
    try #require(try database.publish(publication, under: job, at: start))
    try #require(try database.finish(job, at: start))
  }

  private static func deleted(_ user: UserID, in database: FileDatabase) throws -> Int {
    try database.holdings(of: user).first { $0.state == .deleted }?.count ?? 0
  }

  @Test func `no file of a user who has become premium is deleted, whatever a cleanup is doing`() throws {
    let connections = try (0..<2).map { _ in try FileDatabase(path: folder.file("stowage.sqlite"), busySeconds: 60) }
    // The longest delay of an upgrade. It follows the machine, so that half of the upgrades come before the deletion.
    var longest = 500.0
    var cleaned = 0
    for (number, user) in users.enumerated() {
      let delay = UInt32(Double(Seeded.number(in: 0..<1000)) / 1000 * longest)
      let results = try concurrently(2) { thread in
        let database = connections[thread]
        if thread == 0 {
          return try Cleanup(database: database, rule: RetentionRule()).run("run-\(number)", of: user, at: Self.now)
            .files
        }
        usleep(delay)
        _ = try database.change(user, plan: .premium, quotaBytes: nil, at: Self.now)
        return try Self.deleted(user, in: database)
      }
      let count = try Self.deleted(user, in: database)
      #expect(count == results[0] && count == results[1], "\(user): a file was deleted after the upgrade")
      if count > 0 { cleaned += 1 }
      longest *= count > 0 ? 0.8 : 1.25
    }
    print("\(users.count) upgrades during a cleanup: \(cleaned) came after the deletion")
    #expect(cleaned > 0 && cleaned < users.count, "the threads did not meet: \(cleaned)")
  }
}
