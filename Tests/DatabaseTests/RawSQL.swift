import GRDB
import Testing

@testable import Database

extension FileDatabase {
  /// Runs and commits any SQL and returns the first column of its rows as text.
  @discardableResult
  func raw(_ sql: String) throws -> [String] {
    try write { connection in try connection.text(sql) }
  }

  /// Returns the query plan for this SQL, one line per step.
  func plan(of sql: String) throws -> String {
    try read { connection in
      guard let connection = connection as? GRDB.Database else {
        // A quoted number is a text or a number, as the parameter is.
        return try connection.text("EXPLAIN " + sql.replacing(/\$[a-z0-9_]+/) { _ in "'1'" }).joined(separator: "\n")
      }
      let names = sql.matches(of: /\$([a-z0-9_]+)/).map { (String($0.1), 1) }
      let arguments = StatementArguments(Dictionary(names) { first, _ in first })
      let rows = try GRDB.Row.fetchAll(connection, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
      return rows.map { row in (row["detail"] as String?) ?? "" }.joined(separator: "\n")
    }
  }
}

extension Connection {
  /// Runs any SQL and returns the first column of its rows as text.
  func text(_ sql: String) throws -> [String] {
    try rows(sql, [:]).map { row in
      if let row = row as? PostgreSQLRow { return row.result.text(row.number, 0) ?? "NULL" }
      let value: DatabaseValue = try #require(row as? GRDB.Row)[0]
      return if case .string(let text) = value.storage { text } else { "\(value)" }
    }
  }
}
