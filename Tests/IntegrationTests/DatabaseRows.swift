import Foundation
import TestSupport

/// The system's database, read by Python's SQLite or by psql, without any code of the product.
struct DatabaseRows: Sendable {
  private let url: String

  init(_ stack: Stack) throws { url = try stack.setting("STOWAGE_DATABASE_URL") }

  /// Returns the reserved bytes in the user's row, and the sum over the unfinished files.
  func reserved(_ user: String) throws -> [Int] {
    try rows(
      "SELECT reserved_bytes, (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id"
        + " AND state NOT IN ('ready', 'deleted', 'purging')) FROM users WHERE id = ?",
      user
    )
  }

  /// Returns the bytes that the user's files take up, and the quota.
  func taken(_ user: String) throws -> (bytes: Int, quota: Int) {
    let row = try rows("SELECT used_bytes + reserved_bytes, quota_bytes FROM users WHERE id = ?", user)
    guard row.count == 2 else { throw Unexpected("no user \(user)") }
    return (row[0], row[1])
  }

  /// Returns the number of the user's pending files.
  func open(_ user: String) throws -> Int {
    try rows("SELECT COUNT(*) FROM files WHERE state = 'pending' AND user_id = ?", user).first ?? 0
  }

  /// Damages the user's row: the used bytes no longer equal the sum of the files.
  func damage(_ user: String) throws {
    _ = try rows("UPDATE users SET used_bytes = used_bytes + 7 WHERE id = ?", user)
  }

  /// Returns the number of the user's files with a multipart upload that may still exist.
  func multiparts(_ user: String) throws -> Int? {
    try rows(
      "SELECT COUNT(*) FROM multipart_uploads WHERE file_id IN (SELECT id FROM files WHERE user_id = ?)",
      user
    ).first
  }

  /// Returns the number of the user's files that are in one of `states`.
  func files(of user: String, in states: [String]) throws -> Int {
    let list = states.map { "'\($0)'" }.joined(separator: ", ")
    return try rows("SELECT COUNT(*) FROM files WHERE user_id = ? AND state IN (\(list))", user).first ?? 0
  }

  /// Returns the number of the user's rows: users, files, and rows that belong to these files.
  func rowCounts(of user: String) throws -> [Int] {
    let whose = "(SELECT id FROM files WHERE user_id = whose.id)"
    let counts = ["variants", "links", "multipart_uploads", "jobs"].map {
      "(SELECT COUNT(*) FROM \($0) WHERE file_id IN \(whose))"
    }
    return try rows(
      "SELECT (SELECT COUNT(*) FROM users WHERE id = whose.id), (SELECT COUNT(*) FROM files WHERE user_id = whose.id), "
        + counts.joined(separator: ", ") + " FROM (SELECT ? AS id) AS whose",
      user
    )
  }

  /// Sets the expiry of all the user's uploads to `seconds` ago.
  func expireAll(of user: String, ago seconds: Int) throws {
    let end = (Int(Date.now.timeIntervalSince1970) - seconds) * 1000
    _ = try rows("UPDATE files SET expires_at = \(end) WHERE user_id = ? RETURNING 1", user)
  }

  /// Sets the file's expiry to `seconds` ago.
  func expire(_ file: String, ago seconds: Int) throws {
    let end = (Int(Date.now.timeIntervalSince1970) - seconds) * 1000
    _ = try rows("UPDATE files SET expires_at = \(end) WHERE id = ? RETURNING 1", file)
  }

  /// Sets the file's state directly, without a transition.
  func place(_ file: String, in state: String) throws {
    let sql =
      "UPDATE files SET state = '\(state)', reason = 'malware', deleted_at = created_at WHERE id = ? RETURNING 1"
    guard try rows(sql, file) == [1] else { throw Unexpected("no file \(file)") }
  }

  /// Gives the file a name that no request may have, as a row of an earlier version could.
  func name(_ file: String, _ name: String) throws {
    let text = name.replacing("'", with: "''")
    let sql = "UPDATE files SET filename = '\(text)' WHERE id = ? RETURNING 1"
    guard try rows(sql, file) == [1] else { throw Unexpected("no file \(file)") }
  }

  /// Deletes the rows of one file.
  func remove(_ file: String) throws {
    for table in ["jobs", "multipart_uploads", "variants"] {
      _ = try rows("DELETE FROM \(table) WHERE file_id = ?", file)
    }
    let removed = try rows("DELETE FROM files WHERE id = ? RETURNING 1", file)
    guard removed == [1] else { throw Unexpected("no file \(file)") }
  }

  /// Adds `count` ready documents of one byte each to a user who exists, older than every file of today.
  ///
  /// Their names are `file 00001.pdf` and so on, in the order of their age; every third is public. No bucket has them.
  func seed(_ count: Int, for user: String) throws {
    let mark = String(format: "%04x", Int.random(in: 0..<0x1_0000))
    _ = try rows(
      """
      WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(count))
      INSERT INTO files (id, user_id, filename, search_name, content_type, claimed_size, size_is_limit, visibility, state,
        raw_key, version_id, size, sha256, held_bytes, created_at, expires_at, ready_at)
      SELECT printf('0180\(mark)-0000-7000-8000-%012x', n), whose.id, printf('file %05d.pdf', n),
        printf('file %05d.pdf', n), 'application/pdf', 1, 0, CASE WHEN n % 3 = 0 THEN 'public' ELSE 'private' END, 'ready',
        printf('%s/0180\(mark)-%d/original.pdf', whose.id, n), 'none', 1, printf('%064x', n), 1,
        1700000000000 + n * 1000, 1700000000000 + n * 1000, 1700000000000 + n * 1000
      FROM number, (SELECT ? AS id) AS whose
      """,
      user
    )
    let counted = "used_bytes = used_bytes + \(count), files_ready = files_ready + \(count)"
    _ = try rows("UPDATE users SET \(counted) WHERE id = ?", user)
  }

  /// Sets the user's quota.
  func setQuota(_ user: String, to bytes: Int) throws {
    _ = try rows("UPDATE users SET quota_bytes = \(bytes) WHERE id = ?", user)
  }

  /// Deletes the user's rows, because thousands of files would slow down every later sweep.
  func forget(_ user: String) throws {
    for table in ["jobs", "multipart_uploads", "variants"] {
      _ = try rows("DELETE FROM \(table) WHERE file_id IN (SELECT id FROM files WHERE user_id = ?)", user)
    }
    _ = try rows("DELETE FROM files WHERE user_id = ?", user)
    _ = try rows("DELETE FROM users WHERE id = ?", user)
  }

  private func rows(_ sql: String, _ parameter: String) throws -> [Int] {
    if url.hasPrefix("postgresql:") {
      let quoted = "'\(parameter.replacing("'", with: "''"))'"
      let statement = sql.replacing("?", with: quoted)
      let output = try run("psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", statement])
      return String(decoding: output, as: UTF8.self).split { $0 == "|" || $0.isNewline }.compactMap { Int($0) }
    }
    let script = """
      import json, sqlite3, sys
      connection = sqlite3.connect(sys.argv[1], timeout=20)
      with connection: rows = connection.execute(sys.argv[2], (sys.argv[3],)).fetchall()
      print(json.dumps([value for row in rows for value in row]))
      """
    let python = ProcessInfo.processInfo.environment["STOWAGE_PYTHON"] ?? "python3"
    return try JSONDecoder().decode(
      [Int].self,
      from: run(python, ["-c", script, String(url.dropFirst("sqlite:".count)), sql, parameter])
    )
  }
}
