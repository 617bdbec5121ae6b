import Foundation
import GRDB
import TestSupport

/// The system's database as somebody beside it sees it: by SQL, with none of the product's code.
struct Ledger: Sendable {
  private let database: DatabaseQueue

  init(_ path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    database = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// The tokens of all leases, also of those that ran out.
  func leases() throws -> Set<String> {
    try database.read { try String.fetchSet($0, sql: "SELECT lease_token FROM jobs WHERE state = 'leased'") }
  }

  /// How many jobs there are, of all files.
  func jobCount() throws -> Int {
    try database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM jobs") ?? 0 }
  }

  /// Those of `files` that wait for something.
  func unsettled(_ files: [String]) throws -> Set<String> {
    try among(files, "state IN ('pending', 'received') OR id IN (SELECT file_id FROM jobs)")
  }

  /// Those of `files` whose object has been looked at and whose judgement is under way.
  func underJudgement(_ files: [String]) throws -> Set<String> {
    try among(files, "state = 'received' AND id IN (SELECT file_id FROM jobs WHERE state = 'leased')")
  }

  /// Those of `files` that stand in `state`.
  func files(_ files: [String], in state: String) throws -> Set<String> { try among(files, "state = '\(state)'") }

  /// All that the rows of `files` and of their variants say.
  func rows(_ files: [String]) throws -> [String] {
    let list = files.map { "'\($0)'" }.joined(separator: ", ")
    return try database.read { connection in
      try [
        "SELECT * FROM files WHERE id IN (\(list)) ORDER BY id",
        "SELECT * FROM variants WHERE file_id IN (\(list)) ORDER BY key",
      ]
      .flatMap { try Row.fetchAll(connection, sql: $0).map(\.description) }
    }
  }

  /// The digest of what was judged.
  func digest(of file: String) throws -> String? {
    try database.read { try String.fetchOne($0, sql: "SELECT sha256 FROM files WHERE id = ?", arguments: [file]) }
  }

  /// Whether nobody is in the middle of a write, or of a step of the log's: for that, SQLite says `SQLITE_PROTOCOL`.
  func isWritable() throws -> Bool {
    try database.inDatabase { connection in
      try connection.execute(sql: "PRAGMA busy_timeout = 50")
      defer { try? connection.execute(sql: "PRAGMA busy_timeout = 10000") }
      do {
        try connection.inTransaction(.immediate) { .rollback }
        return true
      } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_PROTOCOL].contains(error.resultCode) {
        return false
      }
    }
  }

  /// Lets two hours go by for an upload.
  func age(_ file: String) throws {
    try database.write {
      try $0.execute(
        sql: "UPDATE files SET created_at = created_at - 7200000, expires_at = expires_at - 7200000 WHERE id = ?",
        arguments: [file]
      )
    }
  }

  /// Gives an upload up, as its client will be able to.
  func abort(_ file: String) throws {
    try database.write {
      try $0.execute(
        sql: """
          UPDATE users SET reserved_bytes = reserved_bytes - (SELECT held_bytes FROM files WHERE id = ?)
          WHERE id = (SELECT user_id FROM files WHERE id = ?)
          """,
        arguments: [file, file]
      )
      try $0.execute(sql: "UPDATE files SET state = 'aborted', held_bytes = 0 WHERE id = ?", arguments: [file])
    }
  }

  private func among(_ files: [String], _ condition: String) throws -> Set<String> {
    let list = files.map { "'\($0)'" }.joined(separator: ", ")
    return try database.read {
      try String.fetchSet($0, sql: "SELECT id FROM files WHERE id IN (\(list)) AND (\(condition))")
    }
  }
}
