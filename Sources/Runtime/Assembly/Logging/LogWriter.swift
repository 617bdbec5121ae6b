import Dispatch
import Glibc
import Synchronization

/// Writes log lines to a descriptor in batches, so that no request waits for the disk of the log.
///
/// A thread writes the lines of the last 5 ms with one system call. An urgent line, an orderly exit and too many waiting
/// bytes write all lines at once. A killed process loses at most the lines of its last 5 ms.
final class LogWriter: Sendable {
  /// The writer to standard error: a process has one.
  static let standardError: LogWriter = {
    atexit { LogWriter.standardError.flush() }
    return LogWriter(descriptor: STDERR_FILENO)
  }()

  /// The time in which lines gather, in microseconds.
  static let pauseMicroseconds: UInt32 = 5_000

  /// Above this number of waiting bytes the logging thread writes the lines itself: a stuck reader slows the process
  /// down instead of filling its memory.
  private static let maximumWaitingBytes = 1 << 20

  private struct State {
    var bytes: [UInt8] = []
    /// True while the thread runs that writes the lines.
    var isServed = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())
  /// Held during a write, so that lines keep their order.
  private let writing = Mutex(())
  private let hasLines = DispatchSemaphore(value: 0)

  /// Creates a writer to `descriptor`, which stays open; the thread starts with the first line and never ends.
  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Queues `line` for writing; lines keep their order.
  ///
  /// An urgent line is written before the method returns.
  func write(_ line: [UInt8], isUrgent: Bool = false) {
    let (isFirst, isTooMuch, needsThread) = state.withLock { state in
      let isFirst = state.bytes.isEmpty
      state.bytes += line
      let needsThread = !state.isServed && !isUrgent
      if needsThread { state.isServed = true }
      return (isFirst, state.bytes.count > Self.maximumWaitingBytes, needsThread)
    }
    if needsThread, !start() { return flush() }
    if isUrgent || isTooMuch { return flush() }
    if isFirst { hasLines.signal() }
  }

  /// Writes all waiting lines before it returns.
  func flush() {
    writing.withLock { _ in
      let bytes = state.withLock { state in
        defer { state.bytes = [] }
        return state.bytes
      }
      send(bytes)
    }
  }

  /// Writes `bytes`; gives up if the descriptor cannot take them, because nobody can be told.
  private func send(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var position = 0
      while let start = bytes.baseAddress, position < bytes.count {
        let count = Glibc.write(descriptor, start + position, bytes.count - position)
        if count > 0 {
          position += count
        } else if count < 0, errno == EAGAIN {
          var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&entry, 1, -1)
        } else if count == 0 || errno != EINTR {
          return
        }
      }
    }
  }

  /// Starts the thread that writes the lines; returns false if the system has no thread left.
  private func start() -> Bool {
    // The thread leaves all signals to the others: SIGTERM belongs to the server.
    var (all, previous) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var identifier = pthread_t()
    let writer = Unmanaged.passRetained(self)
    let failure = pthread_create(
      &identifier,
      nil,
      { argument in
        if let argument { Unmanaged<LogWriter>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      },
      writer.toOpaque()
    )
    guard failure == 0 else {
      writer.release()
      state.withLock { $0.isServed = false }
      return false
    }
    pthread_detach(identifier)
    return true
  }

  private func run() {
    while true {
      hasLines.wait()
      usleep(Self.pauseMicroseconds)
      flush()
    }
  }
}
