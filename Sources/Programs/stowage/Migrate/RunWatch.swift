import Assembly
import Core
import Database
import Foundation
import Migration
import Synchronization

/// Shows the progress of a run, and stops the run at a signal.
final class RunWatch: Sendable {
  private static let interval = 0.2
  /// The time between two lines where standard error is no terminal, in seconds.
  private static let lineInterval = 10.0

  private let isEnded = Mutex(false)
  private let hasLeft = DispatchSemaphore(value: 0)

  /// Watches `run`, which has `total` to send, until `end`.
  init(_ run: MigrationRun, of total: LedgerTotal, signals: SignalTrap, json: Bool) {
    let progress = Progress()
    let isTerminal = isatty(STDERR_FILENO) == 1
    let watched = Watched(run: run, signals: signals, progress: progress)
    Thread.detachNewThread { [self] in
      var next = monotonicSeconds() + Self.lineInterval
      while !isEnded.withLock({ $0 }) {
        if watched.signals.isTriggered { watched.run.stop() }
        let text = Self.text(watched.run.progress, of: total)
        if isTerminal, !json {
          watched.progress.show(text)
        } else if monotonicSeconds() >= next {
          next += Self.lineInterval
          FileHandle.standardError.write(text: text + "\n")
        }
        Thread.sleep(forTimeInterval: Self.interval)
      }
      watched.progress.clear()
      hasLeft.signal()
    }
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
  static func text(_ progress: SendProgress, of total: LedgerTotal) -> String {
    var parts = [
      "\(Wording.grouped(progress.files)) of \(Wording.grouped(total.files)) files",
      "\(Wording.bytes(progress.bytes)) of \(Wording.bytes(total.bytes))",
      "\(Wording.bytes(Int64(progress.rate)))/s",
    ]
    let left = total.bytes - progress.bytes
    if progress.rate >= 1, left > 0 { parts.append("\(Wording.duration(Double(left) / progress.rate)) left") }
    if progress.repetitions > 0 { parts.append("\(Wording.grouped(progress.repetitions)) tried again") }
    if progress.failures > 0 { parts.append("\(Wording.grouped(progress.failures)) failed") }
    return parts.joined(separator: ", ")
  }
}

/// The parts that the thread of the watch uses.
///
/// `@unchecked Sendable` is safe: the trap only reads an atomic flag, and only this thread uses the line.
private struct Watched: @unchecked Sendable {
  let run: MigrationRun
  let signals: SignalTrap
  let progress: Progress
}

private func monotonicSeconds() -> Double { ProcessInfo.processInfo.systemUptime }
