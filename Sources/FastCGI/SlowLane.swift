internal import Dispatch
internal import Synchronization

/// Requests whose answer takes its time, in the order they came: threads of their own take them up.
final class SlowLane: Sendable {
  /// A request that waits here, its connection still open.
  struct Item: Sendable {
    let connection: Int32
    let collector: RequestCollector
    let make: @Sendable () throws -> Response
  }

  private struct State {
    var items: [Item] = []
    var isClosed = false
  }

  private let maximum: Int
  private let statistics: ServerStatistics
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// A lane in which at most `maximum` wait; what comes then is refused at once.
  init(maximum: Int, statistics: ServerStatistics) {
    self.maximum = maximum
    self.statistics = statistics
  }

  /// Queues `item`, or returns false where the lane is full or closed.
  func add(_ item: Item) -> Bool {
    let isTaken = state.withLock { state in
      guard !state.isClosed, state.items.count < maximum else {
        statistics.countRefused()
        return false
      }
      state.items.append(item)
      statistics.setWaiting(state.items.count)
      return true
    }
    if isTaken { arrivals.signal() }
    return isTaken
  }

  /// The longest waiting, or nil once the lane is closed and empty.
  func next() -> Item? {
    arrivals.wait()
    let item = state.withLock { state in
      let item = state.items.isEmpty ? nil : state.items.removeFirst()
      statistics.setWaiting(state.items.count)
      return item
    }
    if item == nil { arrivals.signal() }
    return item
  }

  /// Ends every thread that waits, once nothing is left.
  func close() {
    state.withLock { $0.isClosed = true }
    arrivals.signal()
  }
}
