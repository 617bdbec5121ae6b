internal import Dispatch
internal import Synchronization

/// The queue of requests whose responses take long; separate threads make these responses.
///
/// The requests of one owner occupy at most half of the threads.
final class DeferredResponses: Sendable {
  /// A queued request, whose connection stays open.
  struct Item: Sendable {
    let connection: Int32
    let collector: RequestCollector
    let owner: String?
    let make: @Sendable () throws -> Response
  }

  /// The number of an owner's requests that wait, and that a thread works on.
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
  /// A semaphore whose value is the number of items that a thread may start now, plus one after `close`.
  private let runnable = DispatchSemaphore(value: 0)

  /// Creates a queue for `threads` threads that holds at most `maximum` items, and at most half of `maximum` for one
  /// owner.
  ///
  /// `add` refuses an item beyond these limits.
  init(threads: Int, maximum: Int, statistics: ServerStatistics) {
    self.threads = threads
    self.maximum = maximum
    self.statistics = statistics
  }

  /// Queues `item`; returns false if the queue or the owner's share is full, or the queue is closed.
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

  /// Waits for the next item and returns it; nil once the queue is closed and empty.
  ///
  /// Returns the oldest item among those of the owners that occupy the fewest threads. The caller must call `finish`
  /// after its work on the item.
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

  /// Releases the thread that worked on `item`.
  func finish(_ item: Item) {
    change(of: item.owner) { state in
      state.loads[item.owner]?.busy -= 1
      if let load = state.loads[item.owner], load.busy == 0, load.waiting == 0 { state.loads[item.owner] = nil }
    }
  }

  /// Closes the queue: waiting threads end after the last item, and the limit of threads per owner is lifted.
  func close() {
    let released = state.withLock { state in
      let before = state.loads.keys.reduce(0) { $0 + runnableCount(of: $1, in: state) }
      state.isClosed = true
      return state.items.count - before
    }
    for _ in 0..<(released + 1) { runnable.signal() }
  }

  private func busy(_ owner: String?, in state: borrowing State) -> Int { state.loads[owner]?.busy ?? 0 }

  /// Returns the number of the owner's items that a thread may start now.
  private func runnableCount(of owner: String?, in state: borrowing State) -> Int {
    guard let load = state.loads[owner] else { return 0 }
    let isFree = owner == nil || state.isClosed
    return isFree ? load.waiting : max(0, min(load.waiting, (threads + 1) / 2 - load.busy))
  }

  /// Changes the state of one owner, and wakes one thread for each item that has become runnable.
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
