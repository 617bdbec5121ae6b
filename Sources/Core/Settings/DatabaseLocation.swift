/// The database to which the processes connect.
public enum DatabaseLocation: Sendable {
  /// The SQLite file at this path, which the processes of one node share.
  case sqlite(path: String)
  /// A PostgreSQL server, which many nodes share.
  case postgresql(PostgreSQLServer)

  /// The path of the SQLite file; nil for a server.
  public var path: String? {
    if case .sqlite(let path) = self { path } else { nil }
  }
}

extension DatabaseLocation: CustomStringConvertible {
  /// The location as people read it, without a password.
  public var description: String {
    switch self {
    case .sqlite(let path): "sqlite:\(path)"
    case .postgresql(let server): server.description
    }
  }
}

/// How to reach a PostgreSQL server.
public struct PostgreSQLServer: Sendable {
  /// The connection URI in the syntax of libpq, which can hold a password.
  ///
  /// Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
  public let url: Secret
  /// True if the server keeps prepared statements; false for a pooler that gives each transaction another connection.
  public let prepares: Bool
  /// The longest time that the server may take for one statement, in seconds.
  public let answerSeconds: Double

  /// Creates the settings of a server.
  public init(url: Secret, prepares: Bool = true, answerSeconds: Double = 30) {
    self.url = url
    self.prepares = prepares
    self.answerSeconds = answerSeconds
  }
}

extension PostgreSQLServer: CustomStringConvertible {
  /// The URI without the user, the password and the parameters.
  public var description: String {
    let text = url.revealed
    let rest = text.split(separator: "://", maxSplits: 1).last?.prefix { $0 != "?" } ?? ""
    let hosts = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
    return "postgresql://\(hosts)"
  }
}
