internal import Dispatch
internal import Synchronization

/// Requests whose answer takes its time: threads of their own take them up, those of one owner on half of the threads at
/// most.
final class DeferredResponses: Sendable {
  /// A request that waits here, its connection still open.
  struct Item: Sendable {
    let connection: Int32
    let collector: RequestCollector
    let owner: String?
    let make: @Sendable () throws -> Response
  }

  /// What one owner has in the lane.
  private struct Load {
    var waiting = 0
    var busy = 0
  }

  private struct State {
    var items: [Item] = []
    var loads: [String?: Load] = [:]
    var isClosed = false
  }

  private let threads: Int
  private let maximum: Int
  private let statistics: ServerStatistics
  private let state = Mutex(State())
  /// As many as there are items that a thread may take up now, and one more once the lane is closed.
  private let runnable = DispatchSemaphore(value: 0)

  /// A lane of so many `threads`, in which at most `maximum` wait, and half as many of one owner; what comes then is refused
  /// at once.
  init(threads: Int, maximum: Int, statistics: ServerStatistics) {
    self.threads = threads
    self.maximum = maximum
    self.statistics = statistics
  }

  /// Queues `item`, or returns false where the lane is full or closed.
  func add(_ item: Item) -> Bool {
    change(of: item.owner) { state in
      let hasRoom = item.owner == nil || state.loads[item.owner]?.waiting ?? 0 < (maximum + 1) / 2
      guard !state.isClosed, state.items.count < maximum, hasRoom else {
        statistics.countRefused()
        return false
      }
      state.items.append(item)
      state.loads[item.owner, default: Load()].waiting += 1
      statistics.setWaiting(state.items.count)
      return true
    }
  }

  /// The longest waiting of the owners with the fewest threads, or nil once the lane is closed and empty.
  ///
  /// The thread says `finish` when it is done with it.
  func next() -> Item? {
    runnable.wait()
    let item = state.withLock { state in
      let candidates = state.items.indices.filter { runnableCount(of: state.items[$0].owner, in: state) > 0 }
      let chosen = candidates.min { first, second in
        (busy(state.items[first].owner, in: state), first) < (busy(state.items[second].owner, in: state), second)
      }
      guard let chosen else { return Item?.none }
      let item = state.items.remove(at: chosen)
      state.loads[item.owner]?.waiting -= 1
      state.loads[item.owner]?.busy += 1
      statistics.setWaiting(state.items.count)
      return item
    }
    if item == nil { runnable.signal() }
    return item
  }

  /// The thread that took `item` up is free again.
  func finish(_ item: Item) {
    change(of: item.owner) { state in
      state.loads[item.owner]?.busy -= 1
      if let load = state.loads[item.owner], load.busy == 0, load.waiting == 0 { state.loads[item.owner] = nil }
    }
  }

  /// Ends every thread that waits, once nothing is left; shares do not count any more.
  func close() {
    let released = state.withLock { state in
      let before = state.loads.keys.reduce(0) { $0 + runnableCount(of: $1, in: state) }
      state.isClosed = true
      return state.items.count - before
    }
    for _ in 0..<(released + 1) { runnable.signal() }
  }

  private func busy(_ owner: String?, in state: borrowing State) -> Int { state.loads[owner]?.busy ?? 0 }

  /// How many of the owner's items a thread may take up now.
  private func runnableCount(of owner: String?, in state: borrowing State) -> Int {
    guard let load = state.loads[owner] else { return 0 }
    let isFree = owner == nil || state.isClosed
    return isFree ? load.waiting : max(0, min(load.waiting, (threads + 1) / 2 - load.busy))
  }

  /// Makes a change that touches one owner, and wakes a thread for each item that may be taken up since.
  private func change<Value: Sendable>(of owner: String?, _ body: (inout State) -> Value) -> Value {
    let (value, more) = state.withLock { state in
      let before = runnableCount(of: owner, in: state)
      let value = body(&state)
      return (value, runnableCount(of: owner, in: state) - before)
    }
    for _ in 0..<max(0, more) { runnable.signal() }
    return value
  }
}
