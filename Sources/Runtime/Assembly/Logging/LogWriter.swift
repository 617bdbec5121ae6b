import Dispatch
import Foundation
import Synchronization

/// Hands log lines to standard error, many with one call, so that no request waits for the disk of the log.
///
/// What is not yet written when the process ends in an orderly way is written then; a killed process loses its last lines.
final class LogWriter: Sendable {
  /// The only one: there is one standard error.
  static let standardError: LogWriter = {
    atexit { LogWriter.standardError.flush() }
    return LogWriter()
  }()

  /// Above this many waiting bytes a line is written by whoever logs it: a stuck reader slows the process, not its memory.
  private static let maximumWaitingBytes = 1 << 20

  private let waiting = Mutex<[UInt8]>([])
  private let queue = DispatchQueue(label: "log")

  private init() {}

  /// Writes `line` soon, in order.
  func write(_ line: String) {
    let (isFirst, isTooMuch) = waiting.withLock { waiting in
      defer { waiting.append(contentsOf: line.utf8) }
      return (waiting.isEmpty, waiting.count > Self.maximumWaitingBytes)
    }
    if isFirst { queue.async { self.drain() } }
    if isTooMuch { flush() }
  }

  /// Returns when all that was logged before is written.
  func flush() { queue.sync { drain() } }

  private func drain() {
    let bytes = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    if !bytes.isEmpty { try? FileHandle.standardError.write(contentsOf: bytes) }
  }
}
