internal import Core
internal import Foundation

/// A PostgreSQL server that the processes of many nodes share.
///
/// Each write is one transaction. A transaction that the server ends because of others, or whose connection ends, is
/// repeated until the deadline of the call.
struct PostgreSQLEngine: Engine {
  private let pool: SessionPool
  private let timeout: Duration
  private let timeouts: [Session.Command]

  /// Connects, and upgrades the tables to the newest schema version.
  init(_ server: PostgreSQLServer, busySeconds: Double, connections: Int) throws {
    let address = PostgreSQLAddress(server, busySeconds: busySeconds)
    pool = SessionPool(address, limit: connections)
    timeout = .seconds(busySeconds)
    timeouts = server.prepares ? [] : [Session.Command(address.setTimeouts)]
    if try read(Migrator.version) != Schema.newest { try upgrade() }
  }

  func read<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
    let opening = [Session.Command(PostgreSQLDialect.beginReading)] + timeouts
    return try repeating { deadline in
      try pool.with(until: deadline) { session in
        let transaction = PostgreSQLTransaction(session, isReading: true, opening: opening)
        defer { transaction.leave() }
        return try body(transaction)
      }
    }
  }

  func write<Value: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Value
  ) throws(DatabaseError) -> Value {
    let opening =
      [Session.Command(PostgreSQLDialect.beginWriting)] + timeouts + [Session.Command(PostgreSQLDialect.transactionID)]
    do {
      return try repeating { deadline in
        var outcome: Outcome<Value>?
        do {
          return try pool.with(until: deadline) { session in
            let transaction = PostgreSQLTransaction(session, opening: opening)
            do {
              let value = try body(transaction)
              outcome = Outcome(value: value, transaction: transaction.id)
              try transaction.commit()
              return value
            } catch {
              transaction.leave()
              throw error
            }
          }
        } catch let failure as PostgreSQLFailure where failure.remedy == .reconnects {
          guard let outcome, let transaction = outcome.transaction, try isCommitted(transaction, until: .now + timeout)
          else { throw failure }
          return outcome.value
        }
      }
    } catch {
      throw DatabaseError(error)
    }
  }

  func changeWatch() -> ChangeWatch? { nil }

  var waitingWrites: Int { 0 }

  /// The result of a transaction whose COMMIT was sent.
  private struct Outcome<Value> {
    let value: Value
    let transaction: String?
  }

  /// Calls `body` again, after a random pause, while its failures are those that pass.
  private func repeating<Value>(_ body: (ContinuousClock.Instant) throws -> Value) throws -> Value {
    let deadline = ContinuousClock.now + timeout
    var pause = 1...4
    while true {
      do {
        return try body(deadline)
      } catch let failure as PostgreSQLFailure where failure.remedy == .repeats || failure.remedy == .reconnects {
        guard ContinuousClock.now + .milliseconds(pause.upperBound) < deadline else { throw failure }
        usleep(UInt32.random(in: UInt32(pause.lowerBound * 1000)...UInt32(pause.upperBound * 1000)))
        pause = min(pause.lowerBound * 2, 100)...min(pause.upperBound * 2, 400)
      }
    }
  }

  /// Returns true if the transaction, whose connection ended during the COMMIT, took effect.
  private func isCommitted(_ transaction: String, until deadline: ContinuousClock.Instant) throws -> Bool {
    let question = Session.Command(NumberedStatement(PostgreSQLDialect.outcome), [transaction], isFrequent: false)
    while true {
      do {
        let answer = try pool.with(until: deadline) { try $0.fly([question]).last?.rows.first?.optionalText("outcome") }
        switch answer {
        case "committed": return true
        case "aborted": return false
        case "in progress": break
        // The server has forgotten the transaction, or never knew it: a repetition could do the work twice.
        default: throw DatabaseError.away(detail: "the server does not know whether the change took effect")
        }
      } catch let failure as PostgreSQLFailure where failure.remedy == .reconnects {
        guard ContinuousClock.now < deadline else { throw DatabaseError.away(detail: failure.message) }
      }
      usleep(50_000)
      guard ContinuousClock.now < deadline else {
        throw DatabaseError.away(detail: "the server has not said whether the change took effect")
      }
    }
  }

  /// Upgrades the tables while other processes wait, however long it takes.
  private func upgrade() throws {
    let opening = [
      PostgreSQLDialect.beginWriting, PostgreSQLDialect.unlimitedStatements, PostgreSQLDialect.lockUpgrade,
    ]
    try pool.with(until: .now + timeout) { session in
      session.patience = .seconds(3600)
      let transaction = PostgreSQLTransaction(session, opening: opening.map { Session.Command($0, isFrequent: false) })
      do {
        try Migrator.migrate(transaction)
        try transaction.commit()
      } catch {
        transaction.leave()
        throw error
      }
    }
  }
}
