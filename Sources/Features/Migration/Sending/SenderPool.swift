internal import Foundation

/// The outcome of one file.
public struct SendResult: Sendable {
  /// The file.
  public let file: FileToSend
  /// The object in the bucket, or the reason why the file did not arrive.
  public let outcome: Result<SentObject, SendFailure>
}

/// Sends files with many threads: one producer finds them, one consumer records the results in batches.
///
/// Failed files come round again at the end, in up to `rounds` rounds. A pool runs once.
///
/// ```swift
/// let pool = SenderPool(sender, threads: 16)
/// try pool.run(
///   producing: { add in for file in files where !add(file) { return } },
///   consuming: { results in try ledger.record(results) })
/// ```
public final class SenderPool: Sendable {
  /// The number of threads of a pool unless another is given: enough to wait for the store, as requests take longer than
  /// the work of the processor.
  public static let usualThreads = min(64, max(16, 8 * ProcessInfo.processInfo.activeProcessorCount))

  private let sender: FileSender
  private let threads: Int
  private let rounds: Int
  private let queue: WorkQueue
  private let results: ResultLine

  /// Creates a pool; `firstPause` is the number of seconds before the first failed file comes round again.
  public init(_ sender: FileSender, threads: Int = usualThreads, rounds: Int = 6, firstPause: Double = 1) {
    self.sender = sender
    self.threads = max(1, threads)
    self.rounds = rounds
    // A producer that waits for the disk must not stop the threads: the queue lasts for a few of its batches.
    queue = WorkQueue(capacity: max(1024, 4 * threads), firstPause: firstPause)
    results = ResultLine(threads: self.threads)
  }

  /// The present state of the run.
  public var progress: SendProgress { meter.progress }
  private var meter: ProgressMeter { sender.meter }

  /// Ends the run early; any thread may call it.
  ///
  /// Requests under way are finished, uploads in parts are aborted, and all other files are not sent.
  public func stop() {
    sender.stop()
    queue.stop()
  }

  /// Sends every file that `produce` adds, and returns when `produce` has ended and all results are consumed.
  ///
  /// `produce` runs on a separate thread. Its argument waits while the queue is full, and returns false if the run was
  /// stopped. `consume` runs on the calling thread, with up to 1000 results that arrived within a second. An
  /// error of `consume` stops the run. Files that were added and not sent have the outcome `stopped`.
  /// The bucket may have such a file if an answer was lost before.
  public func run<Failure: Error>(
    producing produce: @escaping @Sendable (_ add: (FileToSend) -> Bool) -> Void,
    consuming consume: ([SendResult]) throws(Failure) -> Void
  ) throws(Failure) {
    let hasProduced = DispatchSemaphore(value: 0)
    start("produce") { [queue] in
      produce { queue.add($0) }
      queue.close()
      hasProduced.signal()
    }
    for number in 0..<threads { start("send \(number)") { self.work() } }
    var failure: Failure?
    while let batch = results.next() {
      guard failure == nil else { continue }
      do throws(Failure) {
        try consume(batch)
      } catch {
        failure = error
        stop()
      }
    }
    hasProduced.wait()
    let leftovers = queue.leftovers().map { SendResult(file: $0, outcome: .failure(.stopped)) }
    if failure == nil, !leftovers.isEmpty { try consume(leftovers) }
    if let failure { throw failure }
  }

  private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    // The deepest calls, through libcurl and OpenSSL, stay far below this size.
    thread.stackSize = 512 << 10
    thread.start()
  }

  private func work() {
    sender.settings.priority.applyToThread()
    let bench = Workbench()
    while let job = queue.next() {
      switch job {
      case .part(let task): task()
      case .file(let file, let rounds):
        send(file, rounds: rounds, bench)
        queue.finish()
      }
    }
    results.leave()
  }

  private func send(_ file: FileToSend, rounds done: Int, _ bench: Workbench) {
    do throws(SendFailure) {
      let object = try sender.send(file, bench: bench, takers: queue)
      meter.sent(object.stamp.size)
      results.add(SendResult(file: file, outcome: .success(object)))
    } catch {
      if case .temporary = error, done < rounds {
        meter.repeated()
        // The earlier rounds may have stored the object, or left an upload that only the journal knows.
        var again = file
        again.isResumed = true
        return queue.giveBack(again, rounds: done)
      }
      if error != .stopped { meter.failed() }
      results.add(SendResult(file: file, outcome: .failure(error)))
    }
  }
}

/// The results between the threads and the consumer.
private final class ResultLine: Sendable {
  private struct State {
    var results: [SendResult] = []
    var firstArrival = 0.0
    var threads: Int
  }

  private static let consumer = 0
  private static let threads = 1
  /// The largest batch, and the number of results from which threads wait for the consumer.
  private static let batch = 1000
  /// The longest time that a result waits for others, in seconds.
  private static let gathering = 1.0

  private let state: Monitor<State>

  init(threads: Int) { state = Monitor(State(threads: threads), queues: 2) }

  /// Adds a result, and waits while the consumer is a batch behind.
  func add(_ result: SendResult) {
    let count = state.wait(in: Self.threads) { state, _ -> Int? in
      guard state.results.count < 2 * Self.batch else { return nil }
      if state.results.isEmpty { state.firstArrival = monotonicSeconds() }
      state.results.append(result)
      return state.results.count
    }
    if count == 1 || count == Self.batch { state.signal(Self.consumer) }
  }

  /// Counts a thread that has ended.
  func leave() {
    state.locked { $0.threads -= 1 }
    state.signal(Self.consumer)
  }

  /// Waits for a batch; returns nil when all threads have ended and all results were taken.
  func next() -> [SendResult]? {
    let batch = state.wait(in: Self.consumer) { state, pause -> [SendResult]?? in
      if state.results.isEmpty { return state.threads == 0 ? .some(nil) : nil }
      let age = monotonicSeconds() - state.firstArrival
      guard state.results.count >= Self.batch || state.threads == 0 || age >= Self.gathering else {
        pause = Self.gathering - age
        return nil
      }
      let batch = Array(state.results.prefix(Self.batch))
      state.results.removeFirst(batch.count)
      state.firstArrival = monotonicSeconds()
      return batch
    }
    state.broadcast(Self.threads)
    return batch ?? nil
  }
}
