internal import Dispatch
internal import Synchronization

/// The connections of a process to its server: at most a fixed number, kept open between transactions.
final class SessionPool: Sendable {
  /// A session that waits for its next user.
  ///
  /// `@unchecked Sendable` is safe: a connection of libpq belongs to no particular thread, and the pool lends it to one
  /// thread at a time. Source: https://www.postgresql.org/docs/current/libpq-threading.html
  private struct Idle: @unchecked Sendable {
    let session: Session
  }

  private let address: PostgreSQLAddress
  private let idle = Mutex<[Idle]>([])
  private let free: DispatchSemaphore

  init(_ address: PostgreSQLAddress, limit: Int) {
    self.address = address
    free = DispatchSemaphore(value: limit)
  }

  /// Calls `body` with a session that nobody else uses; throws if none is free at the deadline.
  ///
  /// A session that breaks is closed, and so are the idle ones, which have the same server.
  func with<Value>(until deadline: ContinuousClock.Instant, _ body: (Session) throws -> Value) throws -> Value {
    let left = deadline - ContinuousClock.now
    guard free.wait(timeout: .now() + max(0, left / .seconds(1))) == .success else { throw DatabaseError.busy }
    defer { free.signal() }
    let session = try idle.withLock { $0.popLast() }?.session ?? Session(address, until: deadline)
    session.patience = address.patience
    defer {
      if session.isBroken {
        idle.withLock { $0.removeAll() }
      } else {
        idle.withLock { $0.append(Idle(session: session)) }
      }
    }
    return try body(session)
  }
}
