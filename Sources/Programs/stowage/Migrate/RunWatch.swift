import Assembly
import Core
import Database
import Foundation
import Migration
import Synchronization

/// Shows the progress of a run, and stops the run at a signal.
final class RunWatch: Sendable {
  private static let interval = 0.2
  /// The time between two lines where standard error is no terminal.
  private static let lineInterval = Duration.seconds(10)

  private let isEnded = Mutex(false)
  private let hasLeft = DispatchSemaphore(value: 0)

  /// Watches `run`, which has `total` to send, until `end`.
  convenience init(_ run: MigrationRun, of total: LedgerTotal, signals: SignalTrap, json: Bool) {
    self.init(signals: signals, json: json, stop: run.stop) { Self.text(run.progress, of: total) }
  }

  /// Shows `text` until `end`, calls `stop` after a signal, and prints the lines that `takeLines` returns.
  init(
    signals: SignalTrap,
    json: Bool,
    stop: @escaping @Sendable () -> Void,
    takeLines: @escaping @Sendable () -> [String] = { [] },
    text: @escaping @Sendable () -> String
  ) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    let isTriggered = signals.test
    Thread.detachNewThread { [self] in
      let progress = Progress()
      var next = ContinuousClock.now + Self.lineInterval
      while !isEnded.withLock({ $0 }) {
        if isTriggered() { stop() }
        let lines = takeLines()
        if !lines.isEmpty { progress.clear() }
        for line in lines { print(line) }
        if isTerminal, !json {
          progress.show(text())
        } else if ContinuousClock.now >= next {
          next += Self.lineInterval
          FileHandle.standardError.write(text: text() + "\n")
        }
        Thread.sleep(forTimeInterval: Self.interval)
      }
      progress.clear()
      for line in takeLines() { print(line) }
      hasLeft.signal()
    }
  }

  /// Prints a line in the place of the progress line.
  static func say(_ line: String) {
    if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(text: "\r\u{1B}[K") }
    print(line)
  }

  /// Ends the watch, and waits until its line is gone.
  func end() {
    let wasEnded = isEnded.withLock { ended in
      defer { ended = true }
      return ended
    }
    if !wasEnded { hasLeft.wait() }
  }

  /// Returns such as `1,200 of 5,000 files, 120 MB of 480 MB, 12 MB/s, 30 s left, 2 failed`.
  ///
  /// Without a total, the text has neither totals nor the time left.
  static func text(_ progress: SendProgress, of total: LedgerTotal?) -> String {
    func of(_ total: String?, _ part: String, _ alone: String) -> String { total.map { "\(part) of \($0)" } ?? alone }
    let (count, bytes) = (progress.files, Wording.bytes(progress.bytes))
    var parts = [
      of(total.map { Wording.number($0.files, "file") }, Wording.grouped(count), Wording.number(count, "file")),
      of(total.map { Wording.bytes($0.bytes) }, bytes, bytes),
      "\(Wording.bytes(Int64(progress.rate)))/s",
    ]
    let left = (total?.bytes ?? 0) - progress.bytes
    if progress.rate >= 1, left > 0 { parts.append("\(Wording.duration(Double(left) / progress.rate)) left") }
    if progress.repetitions > 0 { parts.append("\(Wording.grouped(progress.repetitions)) tried again") }
    if progress.failures > 0 { parts.append("\(Wording.grouped(progress.failures)) failed") }
    return parts.joined(separator: ", ")
  }
}
