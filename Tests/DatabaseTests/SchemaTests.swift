import Core
import Foundation
import GRDB
import Testing

@testable import Database

/// The upgrade to schema version 10, which builds the tables around `files` again.
@Suite struct SchemaTests {
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
