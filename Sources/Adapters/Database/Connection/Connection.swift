internal import Core
internal import Foundation
internal import GRDB

/// A connection within a transaction.
typealias Connection = GRDB.Database

/// The values of a statement's parameters, by their names without `$`.
typealias Parameters = [String: (any DatabaseValueConvertible)?]

extension GRDB.Database {
  /// Runs `statement` to its end and returns its rows.
  @discardableResult
  func run(_ statement: some Statement, _ parameters: Parameters) throws -> [Row] {
    try Row.fetchAll(cachedStatement(sql: statement.rawValue), arguments: StatementArguments(parameters))
  }

  /// Runs `statement` to its end and returns its first row.
  func first(_ statement: some Statement, _ parameters: Parameters) throws -> Row? {
    try run(statement, parameters).first
  }

  /// Runs `statement` to its end and says whether it returned a row.
  func returnsRow(_ statement: some Statement, _ parameters: Parameters) throws -> Bool {
    try !run(statement, parameters).isEmpty
  }

  /// Runs `statement`, which returns nothing, and says whether it changed a row.
  ///
  /// What a statement returns SQLite gathers in a table made for that, which costs as much as a small UPDATE itself.
  func changes(_ statement: some Statement, _ parameters: Parameters) throws -> Bool {
    try cachedStatement(sql: statement.rawValue).execute(arguments: StatementArguments(parameters))
    return changesCount > 0
  }
}

extension Row {
  func text(_ column: String) throws -> String { try decode(String.self, forColumn: column) }

  func optionalText(_ column: String) throws -> String? { try decode(String?.self, forColumn: column) }

  func integer(_ column: String) throws -> Int64 { try decode(Int64.self, forColumn: column) }

  func optionalInteger(_ column: String) throws -> Int64? { try decode(Int64?.self, forColumn: column) }

  func date(_ column: String) throws -> Date { try Date(milliseconds: integer(column)) }

  func optionalDate(_ column: String) throws -> Date? { try optionalInteger(column).map(Date.init(milliseconds:)) }

  /// The column's text as a value of the domain; a text that is none is damage.
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
  /// Whole milliseconds since 1970, the nearest.
  var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
