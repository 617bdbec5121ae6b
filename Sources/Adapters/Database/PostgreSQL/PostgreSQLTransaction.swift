internal import Core
internal import GRDB
internal import Synchronization

/// A transaction on a PostgreSQL server; it begins with the first statement, in the same flight.
final class PostgreSQLTransaction: Connection {
  private let session: Session
  private let isReading: Bool
  private var opening: [Session.Command]
  /// The number of the transaction, if `opening` asks for it.
  private(set) var id: String?
  /// True after the first statement.
  private(set) var hasBegun = false

  /// Creates a transaction that `opening` begins; `isReading` says that it changes nothing.
  init(_ session: Session, isReading: Bool = false, opening: [Session.Command]) {
    self.session = session
    self.isReading = isReading
    self.opening = opening
  }

  func rows(_ sql: String, _ parameters: Parameters) throws -> [any Row] {
    let statement = numbered(sql)
    return try run(statement, statement.values(parameters)).rows
  }

  func change(_ sql: String, _ parameters: Parameters) throws -> Int {
    let statement = numbered(sql)
    return try run(statement, statement.values(parameters)).changes
  }

  func change(_ sql: String, inOrder values: [(any DatabaseValueConvertible)?]) throws -> Int {
    let statement = numbered(sql)
    guard values.count == statement.names.count else {
      throw PostgreSQLFailure(bug: "\(statement.names.count) parameters, but \(values.count) values: \(sql)")
    }
    return try run(statement, values).changes
  }

  func lockRows(of files: [FileID]) throws {
    let list = "{\(files.map(\.description).joined(separator: ","))}"
    _ = try fly(Session.Command(numbered(PostgreSQLDialect.lockFiles), [list]))
  }

  func define(_ sql: String) throws {
    _ = try fly(Session.Command(PostgreSQLDialect.definition(sql), isFrequent: false))
  }

  func hasTable(_ name: String) throws -> Bool {
    let statement = NumberedStatement(PostgreSQLDialect.hasTable)
    return try fly(Session.Command(statement, [name], isFrequent: false)).count > 0
  }

  /// Commits the changes; returns after they are durable.
  func commit() throws {
    guard hasBegun else { return }
    let answer = try session.fly([Session.Command("COMMIT")])
    guard answer.last?.command == "COMMIT" else {
      throw PostgreSQLFailure(bug: "the transaction failed, and an error of it was ignored")
    }
  }

  /// Ends a transaction without changes, or takes the changes back.
  func leave() {
    guard hasBegun, !session.isBroken else { return }
    session.leave(Session.Command("ROLLBACK"))
  }

  private func numbered(_ sql: String) -> NumberedStatement {
    StatementCache.statement(isReading ? sql : PostgreSQLDialect.claiming(sql))
  }

  private func run(
    _ statement: NumberedStatement,
    _ values: [(any DatabaseValueConvertible)?]
  ) throws -> PostgreSQLResult {
    try fly(Session.Command(statement, values.map(postgreSQLText)))
  }

  private func fly(_ command: Session.Command) throws -> PostgreSQLResult {
    let commands = opening + [command]
    (opening, hasBegun) = ([], true)
    let results = try session.fly(commands)
    if commands.count > 1 { id = try results.first { $0.columns["xid"] != nil }?.rows.first?.text("xid") }
    guard let last = results.last else { throw PostgreSQLFailure(bug: "a flight without a result") }
    return last
  }
}

/// The numbered forms of all statements of this process.
private enum StatementCache {
  private static let statements = Mutex<[String: NumberedStatement]>([:])

  static func statement(_ sql: String) -> NumberedStatement {
    statements.withLock { known in
      if let statement = known[sql] { return statement }
      let statement = NumberedStatement(sql)
      known[sql] = statement
      return statement
    }
  }
}
