import Assembly
import Core
import Foundation
import Synchronization

/// Looks at one part at most once a second, on a thread of its own, so that nobody who asks waits long.
final class Probe: Sendable {
  private struct State {
    /// Nil when the part was well.
    var words: String?
    var seen: ContinuousClock.Instant?
    var isLooking = false
  }

  /// How long a verdict holds.
  static let validity = Duration.seconds(1)

  let name: String
  private let check: @Sendable () throws(StorageError) -> Void
  private let state = Mutex(State())

  init(_ part: ReadinessCheck) {
    name = part.name
    check = part.check
  }

  /// Starts to look, unless somebody looks already or did so just now.
  func refresh() {
    let isDue = state.withLock { state in
      if state.isLooking || state.seen.map({ ContinuousClock.now - $0 < Self.validity }) == true { return false }
      state.isLooking = true
      return true
    }
    if isDue { Thread.detachNewThread { self.look() } }
  }

  /// What is wrong with the part, in words; nil where it is well.
  ///
  /// At `deadline` the lack of an answer is what is wrong.
  func verdict(by deadline: ContinuousClock.Instant) -> String? {
    while true {
      let (isLooking, words) = state.withLock { ($0.isLooking, $0.words) }
      if !isLooking { return words }
      if ContinuousClock.now >= deadline { return "does not answer" }
      usleep(1_000)
    }
  }

  private func look() {
    var words: String?
    do throws(StorageError) {
      try check()
    } catch {
      words =
        switch error {
        case .unavailable(let detail), .unexpected(let detail): detail
        default: "\(error)"
        }
    }
    state.withLock { $0 = State(words: words, seen: .now, isLooking: false) }
  }
}
