internal import Core

/// The parameters with which libpq connects to a server.
struct PostgreSQLAddress {
  /// False for a pooler that gives each transaction another connection.
  let prepares: Bool
  /// The parameters in libpq's order: what stands before `dbname` is a default that the URL can change.
  let parameters: [(name: String, value: String)]

  /// The longest wait for the answers of one flight: a little longer than that of the server.
  let patience: Duration
  /// A statement that sets the timeouts for one transaction, for connections that a pooler shares.
  let setTimeouts: String

  /// Creates the parameters for `server`; a statement waits `busySeconds` for the locks of others.
  init(_ server: PostgreSQLServer, busySeconds: Double) {
    prepares = server.prepares
    patience = .seconds(server.answerSeconds + 1)
    // The milliseconds after which the server cancels a statement, gives up waiting for a lock, and ends a transaction
    // that its client has left.
    let timeouts = [
      ("statement_timeout", Int(server.answerSeconds * 1000)), ("lock_timeout", max(1, Int(busySeconds * 1000))),
      ("idle_in_transaction_session_timeout", 15_000),
    ]
    let options = timeouts.map { "-c \($0)=\($1)" }.joined(separator: " ")
    setTimeouts = "SELECT " + timeouts.map { "set_config('\($0)', '\($1)', true)" }.joined(separator: ", ")
    parameters =
      [
        ("application_name", "stowage"), ("target_session_attrs", "read-write"), ("tcp_user_timeout", "10000"),
        ("keepalives_idle", "30"),
      ] + (server.prepares ? [("options", options)] : [])
      + [("dbname", server.url.revealed), ("client_encoding", "UTF8")]
  }
}
