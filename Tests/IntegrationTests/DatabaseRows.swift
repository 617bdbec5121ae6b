import Foundation
import TestSupport

/// The system's database as somebody beside it sees it: by Python's own SQLite, with none of the product's code.
struct DatabaseRows: Sendable {
  private let path: String

  init(_ stack: Stack) throws { path = try stack.setting("STOWAGE_DATABASE_PATH") }

  /// What the user's row says is reserved, and what the files say that are not finished.
  func reserved(_ user: String) throws -> [Int] {
    try rows(
      "SELECT reserved_bytes, (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id"
        + " AND state NOT IN ('ready', 'deleted', 'purging')) FROM users WHERE id = ?",
      user
    )
  }

  /// What the user's files take, and the quota.
  func taken(_ user: String) throws -> (bytes: Int, quota: Int) {
    let row = try rows("SELECT used_bytes + reserved_bytes, quota_bytes FROM users WHERE id = ?", user)
    guard row.count == 2 else { throw Unexpected("no user \(user)") }
    return (row[0], row[1])
  }

  /// How many of the user's files are pending.
  func open(_ user: String) throws -> Int {
    try rows("SELECT COUNT(*) FROM files WHERE state = 'pending' AND user_id = ?", user).first ?? 0
  }

  /// Makes the user's row say what no file does.
  func damage(_ user: String) throws {
    _ = try rows("UPDATE users SET used_bytes = used_bytes + 7 WHERE id = ?", user)
  }

  /// How many of the user's files have a multipart upload that is not known to be gone.
  func multiparts(_ user: String) throws -> Int? {
    try rows(
      "SELECT COUNT(*) FROM multipart_uploads WHERE file_id IN (SELECT id FROM files WHERE user_id = ?)",
      user
    ).first
  }

  /// How many of the user's files stand in one of `states`.
  func files(of user: String, in states: [String]) throws -> Int {
    let list = states.map { "'\($0)'" }.joined(separator: ", ")
    return try rows("SELECT COUNT(*) FROM files WHERE user_id = ? AND state IN (\(list))", user).first ?? 0
  }

  /// How many rows there are of the user: their own, their files', and what hangs on those.
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

  /// Lets the time of each of the user's uploads end `seconds` ago.
  func expireAll(of user: String, ago seconds: Int) throws {
    let end = (Int(Date.now.timeIntervalSince1970) - seconds) * 1000
    _ = try rows("UPDATE files SET expires_at = \(end) WHERE user_id = ? RETURNING 1", user)
  }

  /// Lets the file's time end `seconds` ago.
  func expire(_ file: String, ago seconds: Int) throws {
    let end = (Int(Date.now.timeIntervalSince1970) - seconds) * 1000
    _ = try rows("UPDATE files SET expires_at = \(end) WHERE id = ? RETURNING 1", file)
  }

  /// Says that the file stands in `state`, by no move.
  func place(_ file: String, in state: String) throws {
    let sql =
      "UPDATE files SET state = '\(state)', reason = 'malware', deleted_at = created_at WHERE id = ? RETURNING 1"
    guard try rows(sql, file) == [1] else { throw Unexpected("no file \(file)") }
  }

  /// Takes the user's files out of the rows, where a test left so many that every sweep would look for them.
  func forget(_ user: String) throws {
    for table in ["jobs", "multipart_uploads", "variants"] {
      _ = try rows("DELETE FROM \(table) WHERE file_id IN (SELECT id FROM files WHERE user_id = ?)", user)
    }
    _ = try rows("DELETE FROM files WHERE user_id = ?", user)
    _ = try rows("DELETE FROM users WHERE id = ?", user)
  }

  private func rows(_ sql: String, _ parameter: String) throws -> [Int] {
    let script = """
      import json, sqlite3, sys
      connection = sqlite3.connect(sys.argv[1], timeout=20)
      with connection: rows = connection.execute(sys.argv[2], (sys.argv[3],)).fetchall()
      print(json.dumps([value for row in rows for value in row]))
      """
    return try JSONDecoder().decode([Int].self, from: run("python3", ["-c", script, path, sql, parameter]))
  }
}
