import GRDB

@testable import Database

extension FileDatabase {
  /// Runs and commits any SQL and returns the first column of its rows as text.
  @discardableResult
  func raw(_ sql: String) throws -> [String] {
    try write { connection in try connection.text(sql) }
  }

  /// Returns SQLite's query plan for this SQL, one line per step.
  func plan(of sql: String) throws -> String {
    try read { connection in
      let names = sql.matches(of: /\$([a-z0-9_]+)/).map { (String($0.1), 1) }
      let arguments = StatementArguments(Dictionary(names) { first, _ in first })
      let rows = try Row.fetchAll(connection, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
      return rows.map { row in (row["detail"] as String?) ?? "" }.joined(separator: "\n")
    }
  }
}

extension GRDB.Database {
  func text(_ sql: String) throws -> [String] {
    try Row.fetchAll(self, sql: sql).map { row in
      let value: DatabaseValue = row[0]
      return if case .string(let text) = value.storage { text } else { "\(value)" }
    }
  }
}
