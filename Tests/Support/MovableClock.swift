public import Foundation
internal import Synchronization

/// A clock whose time a test sets.
public final class MovableClock: Sendable {
  private let time: Mutex<Date>

  /// A clock that stands at `date`.
  public init(_ date: Date) { time = Mutex(date) }

  /// The time.
  public var now: Date {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }
}
