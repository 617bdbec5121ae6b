import Foundation
import GRDB
import TestSupport

/// The system's database, read by SQL without any code of the product.
struct Ledger: Sendable {
  private let database: DatabaseQueue

  init(_ path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    database = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Returns the tokens of all leases, including expired ones.
  func leases() throws -> Set<String> {
    try database.read { try String.fetchSet($0, sql: "SELECT lease_token FROM jobs WHERE state = 'leased'") }
  }

  /// Returns the number of jobs of all files.
  func jobCount() throws -> Int {
    try database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM jobs") ?? 0 }
  }

  /// Returns those of `files` that are unfinished or have a job.
  func unsettled(_ files: [String]) throws -> Set<String> {
    try among(files, "state IN ('pending', 'received') OR id IN (SELECT file_id FROM jobs)")
  }

  /// Returns those of `files` whose object has been found and is being checked.
  func underJudgement(_ files: [String]) throws -> Set<String> {
    try among(files, "state = 'received' AND id IN (SELECT file_id FROM jobs WHERE state = 'leased')")
  }

  /// Returns those of `files` that are in `state`.
  func files(_ files: [String], in state: String) throws -> Set<String> { try among(files, "state = '\(state)'") }

  /// Returns the contents of the rows of `files` and of their variants.
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

  /// Returns the digest of the checked bytes.
  func digest(of file: String) throws -> String? {
    try database.read { try String.fetchOne($0, sql: "SELECT sha256 FROM files WHERE id = ?", arguments: [file]) }
  }

  /// True if no process is in the middle of a write or a checkpoint; SQLite reports `SQLITE_PROTOCOL` otherwise.
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

  /// Moves an upload's times two hours into the past.
  func age(_ file: String) throws {
    try database.write {
      try $0.execute(
        sql: "UPDATE files SET created_at = created_at - 7200000, expires_at = expires_at - 7200000 WHERE id = ?",
        arguments: [file]
      )
    }
  }

  /// Aborts an upload, as its client can.
  func abort(_ file: String) throws {
    try database.write {
      try $0.execute(
        sql: """
          UPDATE users SET reserved_bytes = reserved_bytes - (SELECT held_bytes FROM files WHERE id = ?),
            files_pending = files_pending - 1, files_aborted = files_aborted + 1
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
