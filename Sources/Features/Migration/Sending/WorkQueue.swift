/// A file whose sending failed, with its place in the rounds.
struct RetriedFile {
  let file: FileToSend
  /// The number of rounds so far.
  let rounds: Int
  /// The time of the next attempt, in seconds of the monotonic clock.
  let due: Double
}

/// A job of a pool's thread.
enum Job {
  /// A part of a large file that another thread reads.
  case part(PartTask)
  /// A file, and the number of earlier rounds in which its sending failed.
  case file(FileToSend, rounds: Int)
}

/// The files to send, in a bounded queue; failed files come round again behind all others.
///
/// Parts of files that are under way come first, because they hold memory. The failed files of a round wait for a pause
/// that doubles from round to round.
final class WorkQueue: PartTakers, Sendable {
  private struct State {
    var parts: [PartTask] = []
    var files = Line<FileToSend>()
    var failed = Line<RetriedFile>()
    /// The number of threads that ask for a job.
    var idle = 0
    /// The number of files that threads send.
    var running = 0
    var isClosed = false
    var isStopped = false
  }

  private static let workers = 0
  private static let producer = 1

  private let capacity: Int
  private let failedCapacity: Int
  private let firstPause: Double
  private let state = Monitor(State(), queues: 2)

  /// Creates a queue of up to `capacity` files.
  ///
  /// From `failedCapacity` failed files on, failed files come before new ones. The first round waits `firstPause`
  /// seconds.
  init(capacity: Int, failedCapacity: Int = 20_000, firstPause: Double = 1) {
    self.capacity = capacity
    self.failedCapacity = failedCapacity
    self.firstPause = firstPause
  }

  /// Adds a file, and waits while the queue is full; returns false if the run was stopped.
  func add(_ file: FileToSend) -> Bool {
    let isAdded = state.wait(in: Self.producer) { state, _ -> Bool? in
      if state.isStopped { return false }
      guard state.files.count < self.capacity else { return nil }
      state.files.append(file)
      return true
    }
    state.signal(Self.workers)
    return isAdded ?? false
  }

  /// Announces that no further file comes.
  func close() {
    state.locked { $0.isClosed = true }
    state.broadcast(Self.workers)
  }

  /// Ends the run: threads finish their jobs and get no other file.
  func stop() {
    state.locked { $0.isStopped = true }
    state.broadcast(Self.workers)
    state.broadcast(Self.producer)
  }

  /// Gives a part to an idle thread; every part has a thread that asks for a job at this moment.
  func offer(_ task: @escaping PartTask) -> Bool {
    let isTaken = state.locked { state in
      guard state.idle > state.parts.count else { return false }
      state.parts.append(task)
      return true
    }
    if isTaken { state.signal(Self.workers) }
    return isTaken
  }

  /// Waits for a job; returns nil at the end of the run.
  func next() -> Job? {
    state.locked { $0.idle += 1 }
    let job = state.wait(in: Self.workers) { state, pause -> Job?? in self.take(&state, &pause) }
    guard case .file = job ?? nil else { return job ?? nil }
    state.signal(Self.producer)
    return job ?? nil
  }

  /// Counts a file that a thread has finished.
  func finish() {
    let isLast = state.locked { state in
      state.running -= 1
      return state.running == 0
    }
    if isLast { state.broadcast(Self.workers) }
  }

  /// Takes a file back whose sending failed; the thread then calls `finish`.
  func giveBack(_ file: FileToSend, rounds: Int) {
    let pause = min(firstPause * Double(1 << min(rounds, 20)), 60)
    let failed = RetriedFile(file: file, rounds: rounds + 1, due: monotonicSeconds() + pause)
    state.locked { $0.failed.append(failed) }
    state.signal(Self.workers)
  }

  /// Returns the files that were never taken, after the end of the run.
  func leftovers() -> [FileToSend] { state.locked { $0.files.all + $0.failed.all.map(\.file) } }

  /// Returns a job, nil if the thread has to wait, or `.some(nil)` at the end of the run.
  private func take(_ state: inout State, _ pause: inout Double) -> Job?? {
    if let part = state.parts.popLast() {
      state.idle -= 1
      return .part(part)
    }
    if !state.isStopped {
      let isCrowded = state.failed.count >= failedCapacity
      if !isCrowded, let file = state.files.popFirst() { return begin(.file(file, rounds: 0), &state) }
      if isCrowded || state.isClosed, let first = state.failed.first {
        let left = first.due - monotonicSeconds()
        if left <= 0, let failed = state.failed.popFirst() {
          return begin(.file(failed.file, rounds: failed.rounds), &state)
        }
        pause = left
        return nil
      }
    }
    // A file under way may still offer its parts, or come round again.
    guard state.running == 0, state.isStopped || state.isClosed else { return nil }
    state.idle -= 1
    return .some(nil)
  }

  private func begin(_ job: Job, _ state: inout State) -> Job?? {
    state.idle -= 1
    state.running += 1
    return job
  }
}

/// A queue whose first element is removed in constant time.
private struct Line<Element> {
  private var elements: [Element?] = []
  private var start = 0

  var count: Int { elements.count - start }
  var first: Element? { start < elements.count ? elements[start] : nil }
  var all: [Element] { elements[start...].compactMap(\.self) }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard start < elements.count, let element = elements[start] else { return nil }
    elements[start] = nil
    start += 1
    if start > 64, start * 2 > elements.count {
      elements.removeFirst(start)
      start = 0
    }
    return element
  }
}
