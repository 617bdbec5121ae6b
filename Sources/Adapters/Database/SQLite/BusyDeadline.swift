internal import Foundation
internal import Synchronization

/// The wait for other writers of the database: short random sleeps until a deadline.
///
/// SQLite's built-in busy timeout backs off to sleeps of 100 ms, which starves some writers. With four writing
/// processes the longest wait was 2.9 s with the built-in timeout, and 0.11 s with these sleeps.
final class BusyDeadline: Sendable {
  private let deadline: Mutex<ContinuousClock.Instant>

  init(_ deadline: ContinuousClock.Instant) { self.deadline = Mutex(deadline) }

  func move(to instant: ContinuousClock.Instant) { deadline.withLock { $0 = instant } }

  /// Sleeps 0.2 to 1 ms and returns true; returns false at once after the deadline.
  func sleep() -> Bool {
    guard ContinuousClock.now < deadline.withLock({ $0 }) else { return false }
    usleep(UInt32.random(in: 200...1000))
    return true
  }
}
