internal import Foundation

/// Threads that work on tasks of one producer, for one consumer; both sides wait for the other.
///
/// A crew runs once.
///
/// ```swift
/// let crew = Crew<Int, String>(threads: 4)
/// try crew.run(producing: { crew in crew.add(1) }, working: { "\($0)" }, consuming: { print($0) })
/// ```
final class Crew<Task: Sendable, Value: Sendable>: Sendable {
  private struct State {
    var tasks: [Task] = []
    var values: [Value] = []
    var firstArrival = 0.0
    var running = 0
    var isProducing = true
    var isStopped = false

    var isDone: Bool { !isProducing && tasks.isEmpty && running == 0 }
  }

  private static var workers: Int { 0 }
  private static var producer: Int { 1 }
  private static var consumer: Int { 2 }
  /// The number of values of a batch, and half the number from which everybody waits for the consumer.
  private static var batch: Int { 1000 }
  /// The longest time that a value waits for others, in seconds.
  private static var gathering: Double { 0.2 }

  private let threads: Int
  private let state: Monitor<State>

  init(threads: Int) {
    self.threads = max(1, threads)
    state = Monitor(State(), queues: 3)
  }

  /// True after `stop`.
  var isStopped: Bool { state.locked { $0.isStopped } }

  /// Discards the tasks that no thread has begun; any thread may call it.
  func stop() {
    state.locked { state in
      state.isStopped = true
      state.tasks = []
    }
    for queue in [Self.workers, Self.producer, Self.consumer] { state.broadcast(queue) }
  }

  /// Adds a task, and waits while the threads are behind; returns false after `stop`.
  @discardableResult
  func add(_ task: Task) -> Bool {
    let isAdded = state.wait(in: Self.producer) { state, _ -> Bool? in
      if state.isStopped { return false }
      guard state.tasks.count < 4 * self.threads else { return nil }
      state.tasks.append(task)
      return true
    }
    state.signal(Self.workers)
    return isAdded ?? false
  }

  /// Passes a value to the consumer, and waits while the consumer is behind; returns false after `stop`.
  @discardableResult
  func settle(_ value: Value) -> Bool {
    let isAdded = state.wait(in: Self.producer) { state, _ -> Bool? in
      // A result of a task that was under way still counts.
      guard state.values.count < 2 * Self.batch || state.isStopped else { return nil }
      if state.values.isEmpty { state.firstArrival = monotonicSeconds() }
      state.values.append(value)
      return !state.isStopped
    }
    state.signal(Self.consumer)
    return isAdded ?? false
  }

  /// Runs `produce` on a separate thread, `work` on all threads, and `consume` on the calling thread.
  ///
  /// Returns after `produce` has ended and every value was consumed. An error of `consume` stops the crew.
  func run<Failure: Error>(
    producing produce: @escaping @Sendable (Crew) -> Void,
    working work: @escaping @Sendable (Task) -> Value,
    consuming consume: ([Value]) throws(Failure) -> Void
  ) throws(Failure) {
    start("produce") { [self] in
      produce(self)
      state.locked { $0.isProducing = false }
      wakeAll()
    }
    for number in 0..<threads {
      start("prove \(number)") { [self] in
        while let task = next() {
          settle(work(task))
          state.locked { $0.running -= 1 }
          wakeAll()
        }
      }
    }
    var failure: Failure?
    while let batch = batch() {
      guard failure == nil else { continue }
      do throws(Failure) {
        try consume(batch)
      } catch {
        failure = error
        stop()
      }
    }
    if let failure { throw failure }
  }

  private func wakeAll() {
    guard state.locked({ $0.isDone }) else { return }
    state.broadcast(Self.workers)
    state.broadcast(Self.consumer)
  }

  private func next() -> Task? {
    let task = state.wait(in: Self.workers) { state, _ -> Task?? in
      if !state.tasks.isEmpty {
        state.running += 1
        return .some(state.tasks.removeFirst())
      }
      return state.isProducing ? nil : .some(nil)
    }
    state.signal(Self.producer)
    return task ?? nil
  }

  private func batch() -> [Value]? {
    let batch = state.wait(in: Self.consumer) { state, pause -> [Value]?? in
      if state.values.isEmpty { return state.isDone ? .some(nil) : nil }
      let age = monotonicSeconds() - state.firstArrival
      guard state.values.count >= Self.batch || state.isDone || age >= Self.gathering else {
        pause = Self.gathering - age
        return nil
      }
      let batch = state.values
      state.values = []
      return batch
    }
    state.broadcast(Self.producer)
    return batch ?? nil
  }

  private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    // The deepest calls, through libcurl and OpenSSL, stay far below this size.
    thread.stackSize = 512 << 10
    thread.start()
  }
}
