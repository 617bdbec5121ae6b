internal import Foundation
internal import Synchronization

/// How long a connection waits for other writers: short, jittered sleeps up to a deadline.
///
/// SQLite's own timeout backs off to 100 ms and starves the unlucky: with four writing processes it waited up to 2.9 s
/// where these sleeps waited 0.11 s.
final class BusyDeadline: Sendable {
  private let deadline: Mutex<ContinuousClock.Instant>

  init(_ deadline: ContinuousClock.Instant) { self.deadline = Mutex(deadline) }

  func move(to instant: ContinuousClock.Instant) { deadline.withLock { $0 = instant } }

  /// Sleeps 0.2 to 1 ms and returns true, or returns false at once when the deadline is past.
  func sleep() -> Bool {
    guard ContinuousClock.now < deadline.withLock({ $0 }) else { return false }
    usleep(UInt32.random(in: 200...1000))
    return true
  }
}
