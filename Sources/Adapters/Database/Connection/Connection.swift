internal import Core
internal import Foundation
internal import GRDB

/// A database connection inside a transaction.
typealias Connection = GRDB.Database

/// The values of a statement's parameters, by parameter name without `$`.
typealias Parameters = [String: (any DatabaseValueConvertible)?]

extension GRDB.Database {
  /// Runs `statement` to completion and returns its rows.
  @discardableResult
  func run(_ statement: some Statement, _ parameters: Parameters) throws -> [Row] {
    try Row.fetchAll(cachedStatement(sql: statement.rawValue), arguments: StatementArguments(parameters))
  }

  /// Runs `statement` to completion and returns its first row.
  func first(_ statement: some Statement, _ parameters: Parameters) throws -> Row? {
    try run(statement, parameters).first
  }

  /// Runs `statement` to completion and returns true if it returned a row.
  func returnsRow(_ statement: some Statement, _ parameters: Parameters) throws -> Bool {
    try !run(statement, parameters).isEmpty
  }

  /// Runs `statement`, which has no RETURNING clause, and returns true if it changed a row.
  ///
  /// SQLite collects the rows of a RETURNING clause in a temporary table, which costs as much as a small UPDATE.
  func changes(_ statement: some Statement, _ parameters: Parameters) throws -> Bool {
    try cachedStatement(sql: statement.rawValue).execute(arguments: StatementArguments(parameters))
    return changesCount > 0
  }

  /// Runs `statement`, which has no RETURNING clause, and returns true if it changed a row.
  ///
  /// `values` are in the order in which the parameters first appear in the statement, which costs less than names: for
  /// statements that run with every upload. Throws if there are more or fewer values than parameters.
  /// Source: https://www.sqlite.org/lang_expr.html#parameters
  func changes(_ statement: some Statement, inOrder values: [(any DatabaseValueConvertible)?]) throws -> Bool {
    try cachedStatement(sql: statement.rawValue).execute(arguments: StatementArguments(values))
    return changesCount > 0
  }
}

extension Row {
  func text(_ column: String) throws -> String { try decode(String.self, forColumn: column) }

  func optionalText(_ column: String) throws -> String? { try optional(String.self, column) }

  func integer(_ column: String) throws -> Int64 { try decode(Int64.self, forColumn: column) }

  /// Returns a number of bytes or objects, at most `StoredCount.limit`.
  ///
  /// A sum that overflowed in an earlier version is a floating-point number in SQLite. It counts as the limit, so that readers go on.
  func count(_ column: String) throws -> Int64 {
    let number = try decode(DatabaseValue.self, forColumn: column)
    if case .double(let value) = number.storage {
      return value < 0x1p56 ? Int64(Swift.max(value, 0)) : StoredCount.limit
    }
    return try Swift.min(integer(column), StoredCount.limit)
  }

  func optionalInteger(_ column: String) throws -> Int64? { try optional(Int64.self, column) }

  /// Returns nil for NULL; throws if the statement does not select the column, for which GRDB returns nil as well.
  private func optional<Value: DatabaseValueConvertible>(_ type: Value.Type, _ column: String) throws -> Value? {
    guard hasColumn(column) else { throw DatabaseError.corrupt(detail: "no column \(column) is selected") }
    return try decode(Value?.self, forColumn: column)
  }

  func date(_ column: String) throws -> Date { try Date(milliseconds: integer(column)) }

  func optionalDate(_ column: String) throws -> Date? { try optionalInteger(column).map(Date.init(milliseconds:)) }

  /// Returns the text of `column` as a domain value; throws `corrupt` if `parse` rejects the text.
  func value<Value>(_ column: String, _ parse: (String) -> Value?) throws -> Value {
    let text = try text(column)
    guard let value = parse(text) else { throw DatabaseError.corrupt(detail: "\(column) holds '\(text)'") }
    return value
  }

  func optionalValue<Value>(_ column: String, _ parse: (String) -> Value?) throws -> Value? {
    try optionalText(column) == nil ? nil : value(column, parse)
  }
}

extension Date {
  /// The milliseconds since 1970, rounded to a whole number.
  var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
