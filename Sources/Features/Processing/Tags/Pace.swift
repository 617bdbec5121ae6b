import Glibc
import Synchronization

/// Limits the rate of calls that several threads make together.
final class Pace: Sendable {
  private let interval: Duration?
  private let next = Mutex(ContinuousClock.now)

  /// Allows `perSecond` calls per second; nil allows any number.
  init(perSecond: Int?) { interval = perSecond.map { .seconds(1) / $0 } }

  /// Waits until the next call may start.
  func wait() {
    guard let interval else { return }
    let now = ContinuousClock.now
    let start = next.withLock { next in
      let start = max(next, now)
      next = start + interval
      return start
    }
    let microseconds = (start - now) / .microseconds(1)
    if microseconds >= 1 { usleep(UInt32(min(microseconds, 10_000_000))) }
  }
}
