internal import Dispatch
internal import GRDB
internal import Synchronization

/// Commits the waiting writes of one process in groups: one transaction, one wait for the disk.
///
/// The first caller that finds nobody committing leads: it runs every write that waits, commits, answers, and hands the
/// lead to the first of those that came meanwhile. A lone writer pays nothing for this and waits for nobody.
final class CommitQueue: Sendable {
  /// The most writes in one transaction, so that the first to wait is answered soon and other processes get their turn.
  static let maximumGroup = 64

  private struct State {
    var waiting: [Write] = []
    var isLed = false
  }

  private let state = Mutex(State())
  private let pool: DatabasePool
  private let busyDeadline: BusyDeadline
  private let busyTimeout: Duration
  private let checkpoints: Checkpoints

  init(pool: DatabasePool, busyDeadline: BusyDeadline, busyTimeout: Duration, checkpoints: Checkpoints) {
    self.pool = pool
    self.busyDeadline = busyDeadline
    self.busyTimeout = busyTimeout
    self.checkpoints = checkpoints
  }

  /// Returns what `body` returned when it is durably committed; rolls back what it did when it throws.
  ///
  /// `body` may run more than once, and on another caller's thread.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> Value
  ) throws(DatabaseError) -> Value {
    let value = Slot<Value>()
    let write = Write { connection in try value.fill(body(connection)) }
    let leads = state.withLock { state in
      state.waiting.append(write)
      defer { state.isLed = true }
      return !state.isLed
    }
    if leads || write.waitForTurn() == .lead { lead() }
    if let error = write.error { throw error }
    guard let value = value.content else { throw .unexpected(detail: "a write was answered without having run") }
    return value
  }

  /// How many writes wait for the next transaction.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  private func lead() {
    let group = state.withLock { state in
      let group = Array(state.waiting.prefix(Self.maximumGroup))
      state.waiting.removeFirst(group.count)
      return group
    }
    commit(group)
    for write in group { write.signal(.answered) }
    checkpoints.afterCommit(pool, busyDeadline)
    let next = state.withLock { state in
      state.isLed = !state.waiting.isEmpty
      return state.waiting.first
    }
    next?.signal(.lead)
  }

  /// Commits `group` together; where one of them fails, all of them again with a savepoint each, so that only that one is
  /// rolled back; and where one takes the whole transaction down, each alone.
  ///
  /// Nearly every write succeeds, and a savepoint costs as much as one of a write's own statements.
  private func commit(_ group: [Write], inSavepoints: Bool = false) {
    guard let oldest = group.first else { return }
    busyDeadline.move(to: oldest.arrived + busyTimeout)
    do {
      try pool.writeWithoutTransaction { connection in
        try connection.inTransaction(.immediate) {
          for write in group { try write.run(on: connection, inSavepoint: inSavepoints) }
          return .commit
        }
      }
    } catch is TransactionLost {
      for write in group { commit([write]) }
    } catch {
      if group.count > 1, !inSavepoints { return commit(group, inSavepoints: true) }
      for write in group { write.fail(error) }
    }
  }
}

/// A disk that is full, and errors like it, end the transaction and not only the savepoint.
///
/// Source: https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
private struct TransactionLost: Error {}

/// One caller's write while it waits.
private final class Write: Sendable {
  enum Turn { case lead, answered }

  let arrived = ContinuousClock.now
  private let body: @Sendable (Connection) throws -> Void
  private let failure = Mutex<DatabaseError?>(nil)
  private let turn = Mutex(Turn.answered)
  private let semaphore = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable (Connection) throws -> Void) { self.body = body }

  var error: DatabaseError? { failure.withLock { $0 } }

  /// Keeps an error of the write's own; an error that the write itself did not meet is the group's.
  func fail(_ error: any Error) { failure.withLock { $0 = $0 ?? DatabaseError(error) } }

  func run(on connection: Connection, inSavepoint: Bool) throws {
    failure.withLock { $0 = nil }
    do {
      if inSavepoint {
        try connection.inSavepoint {
          try body(connection)
          return .commit
        }
      } else {
        try body(connection)
      }
    } catch {
      fail(error)
      guard inSavepoint else { throw error }
      guard connection.isInsideTransaction else { throw TransactionLost() }
    }
  }

  func waitForTurn() -> Turn {
    semaphore.wait()
    return turn.withLock { $0 }
  }

  func signal(_ turn: Turn) {
    self.turn.withLock { $0 = turn }
    semaphore.signal()
  }
}

/// Where a write leaves what it returns.
private final class Slot<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)

  var content: Value? { value.withLock { $0 } }

  func fill(_ content: Value) { value.withLock { $0 = content } }
}
