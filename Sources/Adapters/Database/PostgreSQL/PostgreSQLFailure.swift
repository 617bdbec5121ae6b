internal import CLibpq

/// A failure of a PostgreSQL server or of the connection to it.
struct PostgreSQLFailure: Error {
  /// The right reaction to a failure.
  enum Remedy {
    /// The transaction has no effect; the same transaction can succeed now.
    case repeats
    /// The connection is of no use; the transaction has no effect unless its COMMIT was under way.
    case reconnects
    /// The same call may succeed later.
    case waits
    /// The server has no disk space left.
    case makesRoom
    /// A bug, or a broken installation.
    case gives
  }

  let remedy: Remedy
  /// The server's message in one line, without values of rows.
  let message: String

  /// A failure of the connection, or of the wait for an answer.
  init(lost message: String) {
    remedy = .reconnects
    self.message = Self.line(message)
  }

  /// A failure of this program.
  init(bug message: String) {
    remedy = .gives
    self.message = message
  }

  /// The error with which the server answered a statement.
  init(code: String, message: String) {
    remedy = Self.remedy(code)
    self.message = Self.line("\(message) (\(code))")
  }

  /// Returns the remedy for an error code of five characters.
  ///
  /// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
  private static func remedy(_ code: String) -> Remedy {
    switch code {
    // serialization_failure, deadlock_detected; foreign_key_violation: another transaction took the row away
    case "40001", "40P01", "23503": .repeats
    // A prepared statement that a pooler gave to another connection: doubled or missing.
    case "42P05", "26000": .reconnects
    // read_only_sql_transaction: the connection stayed with a server that is no longer the primary.
    case "25006": .reconnects
    // idle_in_transaction_session_timeout
    case "25P03": .reconnects
    // query_canceled (statement_timeout), lock_not_available (lock_timeout)
    case "57014", "55P03": .waits
    // disk_full
    case "53100": .makesRoom
    // too_many_connections, out_of_memory, configuration_limit_exceeded
    case let code where code.hasPrefix("53"): .waits
    // connection exceptions; admin_shutdown, crash_shutdown, cannot_connect_now
    case let code where code.hasPrefix("08") || code.hasPrefix("57P0"): .reconnects
    default: .gives
    }
  }

  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

extension DatabaseError {
  init(_ failure: PostgreSQLFailure) {
    switch failure.remedy {
    case .repeats, .waits: self = .busy
    case .reconnects: self = .away(detail: failure.message)
    case .makesRoom: self = .full
    case .gives: self = .unexpected(detail: failure.message)
    }
  }
}
