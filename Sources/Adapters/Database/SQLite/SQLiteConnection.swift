internal import Core
internal import Foundation
internal import GRDB

extension GRDB.Database: Connection {
  func rows(_ sql: String, _ parameters: Parameters) throws -> [any Row] {
    try GRDB.Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(parameters))
  }

  func change(_ sql: String, _ parameters: Parameters) throws -> Int {
    try cachedStatement(sql: sql).execute(arguments: StatementArguments(parameters))
    return changesCount
  }

  /// Numbers the parameters as PostgreSQL does, by first appearance.
  /// Source: https://www.sqlite.org/lang_expr.html#parameters
  func change(_ sql: String, inOrder values: [(any DatabaseValueConvertible)?]) throws -> Int {
    try cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    return changesCount
  }

  func lockRows(of files: [FileID]) {}

  func define(_ sql: String) throws { try execute(sql: sql) }

  func hasTable(_ name: String) throws -> Bool { try tableExists(name) }
}

extension GRDB.Row: Row {
  func has(_ column: String) -> Bool { hasColumn(column) }

  func optionalText(_ column: String) throws -> String? { try optional(String.self, column) }

  func optionalInteger(_ column: String) throws -> Int64? { try optional(Int64.self, column) }

  func optionalBytes(_ column: String) throws -> Data? { try optional(Data.self, column) }

  func count(_ column: String) throws -> Int64 {
    let number = try decode(DatabaseValue.self, forColumn: column)
    if case .double(let value) = number.storage {
      return value < 0x1p56 ? Int64(Swift.max(value, 0)) : StoredCount.limit
    }
    return try Swift.min(integer(column), StoredCount.limit)
  }

  /// Returns nil for NULL; throws if the statement does not select the column, for which GRDB returns nil as well.
  private func optional<Value: DatabaseValueConvertible>(_ type: Value.Type, _ column: String) throws -> Value? {
    guard hasColumn(column) else { throw DatabaseError.corrupt(detail: "no column \(column) is selected") }
    return try decode(Value?.self, forColumn: column)
  }
}
