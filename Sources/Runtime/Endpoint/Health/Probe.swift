import Assembly
import Core
import Foundation
import Synchronization

/// Runs a readiness check at most once per second on a separate thread, so that requests for the result wait only
/// briefly.
final class Probe: Sendable {
  private struct State {
    /// The failure of the last check; nil if it succeeded.
    var words: String?
    /// The remark of the last check, if it succeeded with one.
    var remark: String?
    var seen: ContinuousClock.Instant?
    var isLooking = false
  }

  /// How long a result is valid.
  static let validity = Duration.seconds(1)

  let name: String
  private let check: @Sendable () throws(StorageError) -> Void
  private let findRemark: @Sendable () -> String?
  private let state = Mutex(State())

  init(_ part: ReadinessCheck) {
    name = part.name
    check = part.check
    findRemark = part.remark
  }

  /// The remark of the last check; nil if the check failed or had none.
  var remark: String? { state.withLock { $0.remark } }

  /// Starts the check unless it is running or its result is still valid.
  func refresh() {
    let isDue = state.withLock { state in
      if state.isLooking || state.seen.map({ ContinuousClock.now - $0 < Self.validity }) == true { return false }
      state.isLooking = true
      return true
    }
    if isDue { Thread.detachNewThread { self.look() } }
  }

  /// Returns the failure as text; nil if the check succeeded.
  ///
  /// Waits for a running check until `deadline`; then the missing answer is the failure.
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
    let remark = words == nil ? findRemark() : nil
    state.withLock { $0 = State(words: words, remark: remark, seen: .now, isLooking: false) }
  }
}
