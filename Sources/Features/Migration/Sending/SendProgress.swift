internal import Synchronization

/// The state of a run at one moment.
public struct SendProgress: Hashable, Sendable {
  /// The files that are in the bucket.
  public var files = 0
  /// The bytes of these files, and of the parts that arrived of files under way.
  public var bytes: Int64 = 0
  /// The files that failed for good.
  public var failures = 0
  /// The files that came round again, counted each time.
  public var repetitions = 0
  /// The bytes per second over the last ten seconds.
  public var rate = 0.0
}

/// Counts the results of a run.
final class ProgressMeter: Sendable {
  private struct State {
    var progress = SendProgress()
    /// The bytes of each of the last seconds, by the second's number.
    var seconds: [(number: Int, bytes: Int64)] = []
  }

  private static let window = 10
  private let start = monotonicSeconds()
  private let state = Mutex(State())

  /// The present state.
  var progress: SendProgress {
    let now = monotonicSeconds()
    return state.withLock { state in
      var progress = state.progress
      let oldest = Int(now) - Self.window
      let bytes = state.seconds.reduce(0) { $1.number >= oldest ? $0 + $1.bytes : $0 }
      progress.rate = Double(max(0, bytes)) / max(0.1, min(now - start, Double(Self.window)))
      return progress
    }
  }

  /// Counts a file.
  func sent(_ bytes: Int64) {
    moved(bytes)
    state.withLock { $0.progress.files += 1 }
  }

  /// Counts bytes of a file under way; a negative number takes them back.
  func moved(_ bytes: Int64) {
    let second = Int(monotonicSeconds())
    state.withLock { state in
      state.progress.bytes += bytes
      if state.seconds.last?.number == second {
        state.seconds[state.seconds.count - 1].bytes += bytes
      } else {
        state.seconds.append((second, bytes))
        if state.seconds.count > Self.window + 1 { state.seconds.removeFirst() }
      }
    }
  }

  func failed() { state.withLock { $0.progress.failures += 1 } }

  func repeated() { state.withLock { $0.progress.repetitions += 1 } }
}
