internal import Core
internal import Foundation
internal import GRDB

/// A database connection inside a transaction, to SQLite or to PostgreSQL.
///
/// Both run the same statements. Parameters are written `$name`.
protocol Connection: AnyObject {
  /// Runs `sql` to completion and returns its rows.
  func rows(_ sql: String, _ parameters: Parameters) throws -> [any Row]

  /// Runs `sql`, which has no RETURNING clause, and returns the number of changed rows.
  func change(_ sql: String, _ parameters: Parameters) throws -> Int

  /// Runs `sql`, which has no RETURNING clause, and returns the number of changed rows.
  ///
  /// `values` are in the order in which the parameters first appear in the statement.
  func change(_ sql: String, inOrder values: [(any DatabaseValueConvertible)?]) throws -> Int

  /// Locks the rows of `files` until the end of the transaction, so that what is read of them next stays true.
  ///
  /// SQLite has one writer at a time, so there is nothing to lock. On PostgreSQL, a transaction locks rows in this order:
  /// files by their identifiers, then users, then jobs. A transaction in another order can meet one in this order, and
  /// is then repeated.
  func lockRows(of files: [FileID]) throws

  /// Runs a statement of the schema, written for SQLite.
  func define(_ sql: String) throws

  /// Returns true if the database has the table `name`.
  func hasTable(_ name: String) throws -> Bool
}

/// The values of a statement's parameters, by parameter name without `$`: texts, whole numbers and nil.
typealias Parameters = [String: (any DatabaseValueConvertible)?]

extension Connection {
  /// Runs `statement` to completion and returns its rows.
  @discardableResult
  func run(_ statement: some Statement, _ parameters: Parameters) throws -> [any Row] {
    try rows(statement.rawValue, parameters)
  }

  /// Runs `statement` to completion and returns its first row.
  func first(_ statement: some Statement, _ parameters: Parameters) throws -> (any Row)? {
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
    try change(statement.rawValue, parameters) > 0
  }

  /// Runs `statement`, which has no RETURNING clause, and returns true if it changed a row.
  ///
  /// `values` are in the order in which the parameters first appear in the statement, which costs less than names: for
  /// statements that run with every upload. Throws if there are more or fewer values than parameters.
  func changes(_ statement: some Statement, inOrder values: [(any DatabaseValueConvertible)?]) throws -> Bool {
    try change(statement.rawValue, inOrder: values) > 0
  }
}
