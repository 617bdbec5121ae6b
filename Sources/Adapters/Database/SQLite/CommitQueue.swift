internal import Dispatch
internal import GRDB
internal import Synchronization

/// Commits the waiting writes of one process in groups: one transaction and one wait for the disk per group.
///
/// A caller that finds no commit in progress becomes the leader. The leader runs all waiting writes, commits them and
/// signals their callers. The leader then hands the lead to the first caller that arrived during the commit. A single
/// writer has no extra cost and no extra wait.
final class CommitQueue: Sendable {
  /// The maximum number of writes in one transaction, which bounds the wait of the first caller and of other processes.
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

  /// Returns the result of `body` after the commit is durable; rolls back the changes of `body` if it throws.
  ///
  /// The queue may run `body` more than once, and on the thread of another caller.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (GRDB.Database) throws -> Value
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

  /// The number of writes that wait for the next transaction.
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

  /// Commits `group` in one transaction, with fallbacks if a write fails.
  ///
  /// If a write fails, the whole group runs again with a savepoint per write, so that only the failed write is rolled
  /// back. If a write ends the whole transaction, each write runs again in a separate transaction. The first attempt
  /// uses no savepoints, since nearly every write succeeds and a savepoint costs as much as one statement of a write.
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

/// An error, such as a full disk, that made SQLite roll back the whole transaction rather than the savepoint.
///
/// Source: https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
private struct TransactionLost: Error {}

/// A write that waits in the queue, and its outcome.
private final class Write: Sendable {
  enum Turn { case lead, answered }

  let arrived = ContinuousClock.now
  private let body: @Sendable (GRDB.Database) throws -> Void
  private let failure = Mutex<DatabaseError?>(nil)
  private let turn = Mutex(Turn.answered)
  private let semaphore = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable (GRDB.Database) throws -> Void) { self.body = body }

  var error: DatabaseError? { failure.withLock { $0 } }

  /// Records `error` as the cause of the failure, unless the write itself already failed with another error.
  func fail(_ error: any Error) { failure.withLock { $0 = $0 ?? DatabaseError(error) } }

  func run(on connection: GRDB.Database, inSavepoint: Bool) throws {
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

/// The storage for the result of a write.
private final class Slot<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)

  var content: Value? { value.withLock { $0 } }

  func fill(_ content: Value) { value.withLock { $0 = content } }
}
