import Core
import Foundation
import GRDB
import Testing

@testable import Database

/// The upgrade to schema version 10, which builds the tables around `files` again.
@Suite(.sqliteAlone) struct SchemaTests {
  private static let file = "0190163d-8694-739b-aea5-966c26f8ad91"

  private static let rows = [
    "INSERT INTO users (id, plan, quota_bytes, used_bytes, created_at) VALUES ('ann', 'standard', 100, 9, 0)",
    """
    INSERT INTO files (id, user_id, filename, content_type, claimed_size, claimed_sha256, visibility, state, raw_key,
      version_id, size, sha256, held_bytes, created_at, expires_at, received_at, ready_at, active_content, search_name,
      watch_at)
    VALUES ('\(file)', 'ann', 'a.jpg', 'image/jpeg', 9, NULL, 'public', 'ready', 'ann/\(file)/original.jpg', 'v7', 9,
      '\(String(repeating: "a", count: 64))', 9, 1, 2, 3, 4, 1, 'a.jpg', NULL)
    """,
    """
    INSERT INTO variants (file_id, name, v, key, content_type, width, height, size, created_at, is_current)
    VALUES ('\(file)', 'thumb', 'aaaaaaaaaaaa', 'k', 'image/webp', 1, 2, 3, 4, 1)
    """,
    """
    INSERT INTO jobs (kind, file_id, user_id, cost, state, due_at, lease_token, attempts, created_at)
    VALUES ('render', '\(file)', 'ann', 4, 'leased', 5000, 'abc', 3, 7)
    """,
    "INSERT INTO multipart_uploads (file_id, upload_id, part_size) VALUES ('\(file)', 'up', 5)",
    """
    INSERT INTO links (id, file_id, secret_sha256, disposition, created_at, expires_at)
    VALUES ('l', '\(file)', 's', 'inline', 0, 9)
    """,
  ]

  /// Returns the path of a database of version 9 with `rows`.
  private func old(_ fixture: DatabaseFixture, _ rows: [String]) throws -> String {
    let path = fixture.folder.appending(path: "nine.db").path
    let old = try DatabaseQueue(path: path)
    try old.write { connection in
      for statement in [Schema.bookkeeping] + Schema.versions.prefix(9).joined() + rows {
        try connection.execute(sql: statement)
      }
      try connection.execute(sql: "INSERT INTO schema_versions (version, applied_at) VALUES (9, 0)")
    }
    try old.close()
    return path
  }

  @Test func `every row of version 9 is there afterwards, and every reference holds`() throws {
    let fixture = try DatabaseFixture()
    let path = try old(fixture, Self.rows)
    let database = try FileDatabase(path: path)
    let record = try database.record(#require(FileID(Self.file)))
    #expect(record.state == .ready && record.versionID == "v7" && record.size == 9 && record.hasActiveContent)
    #expect(record.multipart?.uploadID == "up" && record.multipart?.partSize == 5)
    #expect(record.variants.map(\.key) == ["k"] && !record.isMigrated && record.type == .checked(.jpeg))
    #expect(record.judgedKey == record.rawKey && record.keptKey == "ann/\(Self.file)/kept.jpg")
    let job = try #require(try database.job(.render, of: record.id))
    #expect(job.state == .leased && job.attempts == 3)
    #expect(try database.recountQuotas().isEmpty)
    #expect(try database.raw("PRAGMA foreign_key_check").isEmpty)
    for table in ["variants", "jobs", "multipart_uploads", "links"] {
      let references = try database.raw("SELECT \"table\" FROM pragma_foreign_key_list('\(table)')")
      #expect(references == ["files"], "\(table)")
    }
    #expect(try database.raw("SELECT name FROM sqlite_master WHERE name LIKE 'new_%'").isEmpty)
    #expect(try database.raw("SELECT id FROM links") == ["l"])
  }

  @Test func `the counters of a database of version 17 are filled from its files`() throws {
    let fixture = try DatabaseFixture()
    let path = fixture.folder.appending(path: "seventeen.db").path
    let old = try DatabaseQueue(path: path)
    let states = FileState.allCases.map(\.rawValue)
    try old.write { connection in
      for statement in [Schema.bookkeeping] + Schema.versions.prefix(17).joined() {
        try connection.execute(sql: statement)
      }
      try connection.execute(sql: "INSERT INTO schema_versions (version, applied_at) VALUES (17, 0)")
      for user in ["ann", "bob", "cat"] {
        try connection.execute(
          sql: "INSERT INTO users (id, plan, quota_bytes, used_bytes, reserved_bytes, created_at) "
            + "VALUES ('\(user)', 'standard', 9999, 0, 0, 0)"
        )
      }
      for (number, state) in states.enumerated() {
        for copy in 0...number {
          let (migration, quarantined) = state == "rejected" ? ("NULL", "NULL") : ("'run'", "1")
          try connection.execute(
            sql: """
              INSERT INTO files (id, user_id, filename, content_type, claimed_size, visibility, state, raw_key, held_bytes,
                created_at, expires_at, received_at, ready_at, quarantined_at, deleted_at, size, sha256, reason, migration)
              VALUES ('\(state)-\(copy)', '\(copy % 2 == 0 ? "ann" : "bob")', 'a', 'image/jpeg', 7, 'private', '\(state)',
                '\(state)\(copy)', \(Self.holding.contains(state) ? 7 : 0), 0, 0, 1, 1, \(quarantined), 1, 7, 'a', 'malware', \(migration))
              """
          )
        }
      }
      try connection.execute(
        sql: """
          UPDATE users SET used_bytes = (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id
              AND state NOT IN ('pending', 'received')),
            reserved_bytes = (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id
              AND state IN ('pending', 'received'))
          """
      )
    }
    try old.close()
    let database = try FileDatabase(path: path)
    #expect(try database.recountQuotas().isEmpty)
    let counts = try ["ann", "bob", "cat"].map { name in try database.holdings(of: #require(UserID(name))) }
    #expect(counts.map { $0.map(\.count).reduce(0, +) } == [30, 25, 0])
    #expect(counts[0].first { $0.state == .deleted } == Holding(state: .deleted, count: 4, heldBytes: 28))
  }

  /// The states whose files hold bytes of the quota.
  private static let holding: Set<String> = [
    "pending", "received", "ready", "quarantined", "deleted", "purging",
  ]

  @Test func `the upgrade of a database is complete or did not happen`() throws {
    let fixture = try DatabaseFixture()
    // A row that the new table refuses makes the last version fail.
    let path = try old(fixture, Self.rows + ["UPDATE files SET sha256 = NULL, state = 'expired', filename = 'b'"])
    let blocker = try DatabaseQueue(path: path)
    try blocker.write { try $0.execute(sql: "CREATE TABLE new_links (a)") }
    try blocker.close()
    #expect(throws: StorageError.self) { try FileDatabase(path: path) }
    let again = try DatabaseQueue(path: path)
    try again.write { try $0.execute(sql: "DROP TABLE new_links") }
    #expect(try again.read { try Int.fetchOne($0, sql: "SELECT MAX(version) FROM schema_versions") } == 9)
    try again.close()
    #expect(try FileDatabase(path: path).record(#require(FileID(Self.file))).state == .expired)
  }
}
