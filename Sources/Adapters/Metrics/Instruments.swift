internal import Synchronization

/// A number that only grows.
public final class Counter: Sendable {
  private let count = Atomic(0)

  init() {}

  /// Counts `number` more, which must not be negative.
  public func add(_ number: Int = 1) { count.add(max(number, 0), ordering: .relaxed) }

  /// What was counted so far.
  public var value: Int { count.load(ordering: .relaxed) }
}

/// A number that goes up and down; absent until it is set.
public final class Gauge: Sendable {
  private let number = Mutex<Double?>(nil)

  init() {}

  /// Makes it `value`; nil takes it out of what is shown, where nothing is known.
  public func set(_ value: Double?) { number.withLock { $0 = value } }

  /// Moves it by `difference`, from 0 where it was not set.
  public func add(_ difference: Double) { number.withLock { $0 = ($0 ?? 0) + difference } }

  /// What it is.
  public var value: Double? { number.withLock { $0 } }
}

/// Observations, counted by size.
public final class Histogram: Sendable {
  struct Counts: Equatable {
    /// One for each bound, and one for what is above them all.
    var buckets: [Int]
    var sum = 0.0
  }

  /// The upper ends for what takes between a millisecond and a minute.
  public static let seconds = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

  let bounds: [Double]
  private let state: Mutex<Counts>

  init(bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
  }

  /// Counts one observation of this size.
  public func observe(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock {
      $0.buckets[bucket] += 1
      $0.sum += value
    }
  }

  /// Counts how long something took, in seconds.
  public func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) / 1e18)
  }

  var counts: Counts { state.withLock { $0 } }
}
