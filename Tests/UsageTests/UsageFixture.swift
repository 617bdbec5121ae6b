import Core
import Database
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@testable import Usage

/// Four buckets in memory and a database.
final class UsageFixture {
  static let epoch = Date(timeIntervalSince1970: 1_800_000_000)

  let folder: ScratchFolder
  let database: FileDatabase
  let clock = MovableClock(UsageFixture.epoch)
  let store: FaultyStore
  let buckets = BucketNames(raw: "raw", processed: "processed", backups: "backups", logs: "logs")
  private let sql: DatabaseQueue

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    sql = try DatabaseQueue(path: folder.file("stowage.sqlite"))
    store = FaultyStore(clock: { [clock] in clock.now })
    for bucket in buckets.all { try store.createBucket(bucket) }
    for bucket in ["raw", "backups"] { try store.setVersioning(true, of: bucket) }
  }

  func collector(pageSize: Int = 1000, uploads: Int = 1000) -> UsageCollector {
    UsageCollector(database: database, store: store, buckets: buckets, pageSize: pageSize, uploadPageSize: uploads)
  }

  func collect(
    _ collector: UsageCollector? = nil,
    as name: String = "test",
    while isWanted: @escaping () -> Bool = { true },
    progress: @escaping (UsageCollector.Progress) -> Void = { _ in }
  ) throws -> UsageCollector.Outcome {
    try (collector ?? self.collector()).collect(
      for: CollectorName(name),
      clock: { [clock] in clock.now },
      while: isWanted,
      progress: progress
    )
  }

  @discardableResult
  func put(_ key: String, _ size: Int, in bucket: String = "raw") throws -> VersionID? {
    try store.put(.bytes([UInt8](repeating: 7, count: size)), to: key, in: bucket).version
  }

  /// Stores the row of a file.
  func addFile(_ key: String, of user: String, state: String = "received", tagged: Bool = false) throws {
    let id = FileID(at: clock.now).description
    try sql.write { connection in
      try connection.execute(
        sql: """
          INSERT OR IGNORE INTO users (id, plan, quota_bytes, created_at) VALUES (?, 'standard', 1000000, 0)
          """,
        arguments: [user]
      )
      try connection.execute(
        sql: """
          INSERT INTO files (id, user_id, filename, content_type, claimed_size, visibility, state, raw_key, held_bytes,
            created_at, expires_at, migration, quarantined_at, size, sha256, reason, retention_tag)
          VALUES (?, ?, 'a', 'image/jpeg', 1, 'private', ?, ?, 0, 0, 0, ?, ?, 1, ?, ?, ?)
          """,
        arguments: [
          id, user, state, key, state == "quarantined" ? "m" : nil, state == "quarantined" ? 1 : nil,
          String(repeating: "a", count: 64), state == "quarantined" ? "malware" : nil, tagged ? 1 : 0,
        ]
      )
    }
  }

  /// Returns the sums of the last collection: `bucket kind class` → objects and bytes.
  func sums() throws -> [String: [Int64]] {
    try Dictionary(
      database.usageCounts().map { ("\($0.bucket) \($0.kind.rawValue) \($0.storageClass)", [$0.objects, $0.bytes]) },
      uniquingKeysWith: { $1 }
    )
  }

  /// Counts what the store has, without the code under test; kinds are told by version and place only.
  func truth() throws -> [String: [Int64]] {
    var sums: [String: [Int64]] = [:]
    for (role, bucket) in zip(["raw", "processed", "backups", "logs"], buckets.all) {
      var (trail, isMore) = (PageTrail(), true)
      while isMore {
        let page = try store.memory.listVersions(bucket, prefix: "", after: trail.token, limit: 1000)
        for line in page.items {
          let current = role == "raw" || role == "processed" ? "unknown" : "current"
          let kind = line.isDeleteMarker ? "marker" : line.isLatest ? current : "noncurrent"
          let name = "\(role) \(kind) STANDARD"
          let old = sums[name] ?? [0, 0]
          sums[name] = [old[0] + 1, old[1] + line.size]
        }
        isMore = try trail.follow(page.next)
      }
    }
    return sums
  }
}
