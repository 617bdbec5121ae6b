internal import GRDB

/// A statement with numbers in place of the names of its parameters, as PostgreSQL wants it.
struct NumberedStatement {
  /// The statement with `$1`, `$2`.
  let sql: String
  /// The names of the parameters; the first has the number 1.
  let names: [String]

  /// Numbers the parameters of `sql` by their first appearance.
  init(_ sql: String) {
    var names: [String] = []
    self.sql = sql.replacing(/\$([a-z][a-z0-9_]*)/) { match in
      let name = String(match.1)
      if !names.contains(name) { names.append(name) }
      return "$\((names.firstIndex(of: name) ?? 0) + 1)"
    }
    self.names = names
  }

  /// Returns the values in the order of their numbers; throws if one is missing, and leaves further ones out.
  func values(_ parameters: Parameters) throws -> [(any DatabaseValueConvertible)?] {
    try names.map { name in
      guard let value = parameters[name] else { throw PostgreSQLFailure(bug: "no value for $\(name): \(sql)") }
      return value
    }
  }
}

/// Returns the text that PostgreSQL reads as `value`; nil for NULL.
func postgreSQLText(_ value: (any DatabaseValueConvertible)?) throws -> String? {
  switch value?.databaseValue.storage {
  case nil, .null: nil
  case .int64(let number): String(number)
  case .string(let text): text
  case .double, .blob: throw PostgreSQLFailure(bug: "a value is neither a text nor a whole number")
  }
}
