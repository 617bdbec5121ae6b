internal import Core

/// The parameters with which libpq connects to a server.
struct PostgreSQLAddress {
  /// False for a pooler that gives each transaction another connection.
  let prepares: Bool
  /// The parameters in libpq's order: what stands before `dbname` is a default that the URL can change.
  let parameters: [(name: String, value: String)]

  /// The milliseconds after which the server cancels a statement, gives up waiting for a lock, and ends a transaction
  /// that its client has left.
  private static let timeouts = [
    "statement_timeout": 30_000, "lock_timeout": 5000, "idle_in_transaction_session_timeout": 15_000,
  ]

  init(_ server: PostgreSQLServer) {
    prepares = server.prepares
    let options = Self.timeouts.sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }.joined(separator: " ")
    parameters =
      [
        ("application_name", "stowage"), ("target_session_attrs", "read-write"), ("tcp_user_timeout", "10000"),
        ("keepalives_idle", "30"),
      ] + (server.prepares ? [("options", options)] : [])
      + [("dbname", server.url.revealed), ("client_encoding", "UTF8")]
  }

  /// A statement that sets the timeouts for one transaction, for connections that a pooler shares.
  static let setTimeouts: String = {
    let calls = timeouts.sorted { $0.key < $1.key }.map { "set_config('\($0.key)', '\($0.value)', true)" }
    return "SELECT \(calls.joined(separator: ", "))"
  }()
}
