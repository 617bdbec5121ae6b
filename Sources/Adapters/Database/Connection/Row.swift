internal import Core
internal import Foundation

/// A row that a statement returned.
///
/// The functions that read a value throw if the statement does not select `column`, or if the value is of another kind.
protocol Row {
  /// Returns true if the statement selects `column`.
  func has(_ column: String) -> Bool

  func optionalText(_ column: String) throws -> String?

  func optionalInteger(_ column: String) throws -> Int64?

  func optionalBytes(_ column: String) throws -> Data?

  /// Returns a number of bytes or objects, at most `StoredCount.limit`.
  ///
  /// A sum that overflowed in an earlier version is a floating-point number in SQLite. It counts as the limit, so that
  /// readers go on.
  func count(_ column: String) throws -> Int64
}

extension Row {
  func text(_ column: String) throws -> String { try present(optionalText(column), column) }

  func integer(_ column: String) throws -> Int64 { try present(optionalInteger(column), column) }

  func bytes(_ column: String) throws -> Data { try present(optionalBytes(column), column) }

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

  private func present<Value>(_ value: Value?, _ column: String) throws -> Value {
    guard let value else { throw DatabaseError.corrupt(detail: "\(column) is NULL") }
    return value
  }
}

extension Date {
  /// The milliseconds since 1970, rounded to a whole number.
  var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
