internal import CLibpq
internal import GRDB
internal import Glibc

/// A connection to a PostgreSQL server, with a deadline for every answer.
///
/// Statements travel in flights: several are sent together, and their results are read together, so that a flight costs
/// one round trip. One thread at a time may use a session.
/// Source: https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
final class Session {
  /// A statement with the texts of its values.
  struct Command {
    let statement: NumberedStatement
    let values: [String?]
    /// False for a statement that is too rare to be prepared.
    let isFrequent: Bool

    init(_ statement: NumberedStatement, _ values: [String?] = [], isFrequent: Bool = true) {
      (self.statement, self.values, self.isFrequent) = (statement, values, isFrequent)
    }

    init(_ sql: String, isFrequent: Bool = true) {
      self.init(NumberedStatement(sql), isFrequent: isFrequent)
    }
  }

  private let connection: OpaquePointer
  private let prepares: Bool
  private var prepared: [String: String] = [:]
  /// The number of results of each flight that was sent and not read yet.
  private var unread: [Int] = []
  /// True after a failure that left the connection in an unknown state.
  private(set) var isBroken = false
  /// The longest wait for the answers of one flight.
  var patience: Duration
  /// The time at which the current flight, or the connecting, gives up.
  private var deadline: ContinuousClock.Instant

  /// Connects to the server; throws if there is no connection at the deadline.
  init(_ server: PostgreSQLAddress, until deadline: ContinuousClock.Instant) throws {
    let parameters = server.parameters
    guard
      let connection = Self.withPointers(
        parameters.map(\.name) + [nil],
        { names in
          Self.withPointers(parameters.map(\.value) + [nil]) { values in PQconnectStartParams(names, values, 1) }
        }
      )
    else { throw PostgreSQLFailure(bug: "libpq has no memory for a connection") }
    self.connection = connection
    self.deadline = deadline
    patience = server.patience
    prepares = server.prepares
    // All is stored, so an error here ends in `deinit`, which closes the connection.
    try connect()
  }

  deinit { PQfinish(connection) }

  /// Sends `commands` in one flight; returns their results once all are there.
  ///
  /// Throws the failure of the first command that failed; the server has skipped the ones behind it.
  func fly(_ commands: [Command]) throws -> [PostgreSQLResult] {
    deadline = .now + patience
    try send(commands)
    var results: [PostgreSQLResult] = []
    while !unread.isEmpty { results = try receive(unread[0]) }
    return results
  }

  /// Sends a command whose outcome matters to nobody; the next flight reads the result.
  func leave(_ command: Command) {
    do {
      try send([command])
      _ = PQflush(connection)
    } catch { isBroken = true }
  }

  // MARK: - Sending

  private func send(_ commands: [Command]) throws {
    var count = 0
    for command in commands { count += try send(command) }
    guard PQpipelineSync(connection) == 1 else { throw lost() }
    unread.append(count)
  }

  /// Sends one command; returns the number of results that it will have.
  private func send(_ command: Command) throws -> Int {
    let (sql, values) = (command.statement.sql, command.values)
    let count = Int32(values.count)
    guard prepares, command.isFrequent else {
      let sent = Self.withPointers(values) { PQsendQueryParams(connection, sql, count, nil, $0, nil, nil, 0) }
      guard sent == 1 else { throw lost() }
      return 1
    }
    var results = 1
    let name: String
    if let known = prepared[sql] {
      name = known
    } else {
      name = "s\(prepared.count + 1)"
      guard PQsendPrepare(connection, name, sql, 0, nil) == 1 else { throw lost() }
      prepared[sql] = name
      results += 1
    }
    let sent = Self.withPointers(values) { PQsendQueryPrepared(connection, name, count, $0, nil, nil, 0) }
    guard sent == 1 else { throw lost() }
    return results
  }

  // MARK: - Receiving

  /// Reads the `count` results of the oldest flight, and its end.
  private func receive(_ count: Int) throws -> [PostgreSQLResult] {
    var results: [PostgreSQLResult] = []
    while true {
      guard let result = try next() else { continue }
      if result.isSync { break }
      results.append(result)
    }
    unread.removeFirst()
    guard let failure = results.lazy.compactMap(\.failure).first else { return results }
    // The server prepared none of the statements that it skipped, so `prepared` is wrong.
    if prepares, results.contains(where: \.isAborted) || results.count < count { isBroken = true }
    throw failure
  }

  /// Returns the next result; nil at the end of the results of one command.
  private func next() throws -> PostgreSQLResult? {
    while true {
      let isSending = PQflush(connection)
      guard isSending >= 0 else { throw lost() }
      guard PQisBusy(connection) != 0 else { break }
      try wait(for: isSending == 1 ? POLLIN | POLLOUT : POLLIN)
      guard PQconsumeInput(connection) == 1 else { throw lost() }
    }
    guard let result = PQgetResult(connection) else {
      guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
      return nil
    }
    return PostgreSQLResult(result)
  }

  // MARK: - Connecting

  private func connect() throws {
    guard PQstatus(connection) != CONNECTION_BAD else { throw lost() }
    var wanted = PGRES_POLLING_WRITING
    while true {
      switch wanted {
      case PGRES_POLLING_OK:
        guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else { throw lost() }
        return
      case PGRES_POLLING_READING: try wait(for: POLLIN)
      case PGRES_POLLING_WRITING: try wait(for: POLLOUT)
      default: throw lost()
      }
      wanted = PQconnectPoll(connection)
    }
  }

  private func wait(for events: Int32) throws {
    let left = deadline - ContinuousClock.now
    var entry = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
    let milliseconds = Int32(clamping: Int(left / .milliseconds(1)) + 1)
    guard left > .zero, entry.fd >= 0, poll(&entry, 1, milliseconds) > 0 else {
      isBroken = true
      throw PostgreSQLFailure(lost: "the server did not answer in time")
    }
  }

  private func lost() -> PostgreSQLFailure {
    isBroken = true
    return PostgreSQLFailure(lost: String(cString: PQerrorMessage(connection)))
  }

  /// Calls `body` with C strings that live as long as the call.
  private static func withPointers<Result>(
    _ texts: [String?],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) throws -> Result
  ) rethrows -> Result {
    let copies = texts.map { text in text.flatMap { UnsafePointer(strdup($0)) } }
    defer { for copy in copies { free(UnsafeMutablePointer(mutating: copy)) } }
    return try copies.withUnsafeBufferPointer { try body($0.baseAddress) }
  }
}
