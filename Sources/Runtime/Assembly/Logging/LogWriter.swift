import Dispatch
import Foundation
import Synchronization

/// Writes log lines to standard error in batches, so that no request waits for the disk of the log.
///
/// An orderly exit writes all remaining lines; a killed process loses its last lines.
final class LogWriter: Sendable {
  /// The single instance: a process has one standard error.
  static let standardError: LogWriter = {
    atexit { LogWriter.standardError.flush() }
    return LogWriter()
  }()

  /// Above this number of waiting bytes the logging thread writes the lines itself: a stuck reader slows the process
  /// down instead of filling its memory.
  private static let maximumWaitingBytes = 1 << 20

  private let waiting = Mutex<[UInt8]>([])
  private let queue = DispatchQueue(label: "log")

  private init() {}

  /// Queues `line` for writing; lines keep their order.
  func write(_ line: String) {
    let (isFirst, isTooMuch) = waiting.withLock { waiting in
      defer { waiting.append(contentsOf: line.utf8) }
      return (waiting.isEmpty, waiting.count > Self.maximumWaitingBytes)
    }
    if isFirst { queue.async { self.drain() } }
    if isTooMuch { flush() }
  }

  /// Writes all waiting lines before it returns.
  func flush() { queue.sync { drain() } }

  private func drain() {
    let bytes = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    if !bytes.isEmpty { try? FileHandle.standardError.write(contentsOf: bytes) }
  }
}
