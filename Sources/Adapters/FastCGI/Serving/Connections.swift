internal import CFastCGI
internal import Glibc
internal import Synchronization

/// All accepted connections, and the deadline of each.
///
/// Only the thread that took a descriptor out of the table closes the descriptor. Only a descriptor in the table is
/// shut down, so its number cannot have been reused for another file.
final class Connections: Sendable {
  enum Accepted: Equatable {
    case connection(Int32)
    case none
    case failed(code: Int32)
  }

  private struct Entry {
    let opened: ContinuousClock.Instant
    var deadline: ContinuousClock.Instant
    /// The bytes received so far, while no thread works on the request.
    var waiting: RequestCollector?
    var isCut = false
  }

  private struct State {
    var entries: [Int32: Entry] = [:]
    var isAccepting = true
    /// Threads that are inside `accept`: they have passed the check of `isAccepting` and have not yet added an entry.
    var accepting = 0
  }

  /// The number of open connections from which accepting another one aborts the oldest incomplete request.
  static let maximum = 256

  private let limits: Limits
  private let statistics: ServerStatistics
  private let receiveTimeout: Duration
  private let sendTimeout: Duration
  private let state = Mutex(State())

  init(limits: Limits, receiveTimeout: Duration, sendTimeout: Duration, statistics: ServerStatistics) {
    self.limits = limits
    self.statistics = statistics
    self.receiveTimeout = receiveTimeout
    self.sendTimeout = sendTimeout
  }

  var isAccepting: Bool { state.withLock { $0.isAccepting } }
  var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }

  func accept(from listener: Int32) -> Accepted {
    let mayAccept = state.withLock { state in
      if state.isAccepting { state.accepting += 1 }
      return state.isAccepting
    }
    guard mayAccept else { return .none }
    let connection = cfastcgi_accept(listener)
    let code = connection < 0 ? errno : 0
    if connection >= 0 { Self.limitWaiting(of: connection, to: sendTimeout) }
    let now = ContinuousClock.now
    return state.withLock { state in
      state.accepting -= 1
      if [EAGAIN, EINTR, ECONNABORTED].contains(code) { return .none }
      if connection < 0 || state.entries.count >= Self.maximum { cutOldest(&state) }
      guard connection >= 0 else {
        statistics.countFailed()
        return .failed(code: code)
      }
      statistics.countAccepted()
      state.entries[connection] = Entry(
        opened: now,
        deadline: now + receiveTimeout,
        waiting: RequestCollector(limits: limits)
      )
      statistics.setOpen(state.entries.count)
      return .connection(connection)
    }
  }

  /// Takes a waiting connection out of the table for the calling thread; nil if another thread has taken it.
  func take(_ connection: Int32) -> RequestCollector? {
    state.withLock { $0.entries[connection]?.waiting.take() }
  }

  /// Returns a connection to the table to wait for the rest of its request.
  func park(_ connection: Int32, _ collector: RequestCollector) {
    state.withLock { $0.entries[connection]?.waiting = collector }
  }

  /// Sets the deadline of a connection to `duration` from now.
  func allow(_ connection: Int32, _ duration: Duration) {
    let deadline = ContinuousClock.now + duration
    state.withLock { $0.entries[connection]?.deadline = deadline }
  }

  /// Shuts a connection down; its descriptor stays open.
  func cut(_ connection: Int32) {
    state.withLock { if $0.entries[connection] != nil { Self.cut(connection, &$0) } }
  }

  func close(_ connection: Int32) {
    let entry = state.withLock { state in
      defer { statistics.setOpen(state.entries.count) }
      return state.entries.removeValue(forKey: connection)
    }
    if entry != nil { Glibc.close(connection) }
  }

  /// Shuts down the connections past their deadline; returns their number.
  func cutExpired(at now: ContinuousClock.Instant) -> Int {
    state.withLock { state in
      let expired = state.entries.filter { $0.value.deadline <= now && !$0.value.isCut }
      for connection in expired.keys { Self.cut(connection, &state) }
      statistics.countCut(expired.count)
      return expired.count
    }
  }

  func stopAccepting() { state.withLock { $0.isAccepting = false } }

  /// Stops accepting if no connection is open or queued; returns true if it did.
  func finish(ifQuiet listener: OpenListener) -> Bool {
    state.withLock { state in
      guard state.entries.isEmpty, state.accepting == 0, !(state.isAccepting && listener.hasWaiting) else {
        return false
      }
      state.isAccepting = false
      return true
    }
  }

  /// Shuts a connection down, which wakes a thread that waits for it; the descriptor stays open.
  private static func cut(_ connection: Int32, _ state: inout State) {
    shutdown(connection, Int32(SHUT_RDWR))
    state.entries[connection]?.isCut = true
  }

  private func cutOldest(_ state: inout State) {
    let waiting = state.entries.filter { $0.value.waiting != nil && !$0.value.isCut }
    guard let oldest = waiting.min(by: { $0.value.opened < $1.value.opened }) else { return }
    Self.cut(oldest.key, &state)
    statistics.countCrowdedOut()
  }

  /// Sets the send timeout of a connection; reads need no timeout because they never block.
  private static func limitWaiting(of connection: Int32, to timeout: Duration) {
    let (seconds, attoseconds) = timeout.components
    var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &time, size)
  }
}
