internal import Synchronization

/// A metric that only increases.
public final class Counter: Sendable {
  private let count = Atomic(0)

  init() {}

  /// Adds `number`; a negative number counts as 0.
  public func add(_ number: Int = 1) { count.add(max(number, 0), ordering: .relaxed) }

  /// The current value.
  public var value: Int { count.load(ordering: .relaxed) }
}

/// A metric that increases and decreases; it is absent from the output until it is set.
public final class Gauge: Sendable {
  private let number = Mutex<Double?>(nil)

  init() {}

  /// Sets the value; nil removes the metric from the output.
  public func set(_ value: Double?) { number.withLock { $0 = value } }

  /// Adds `difference` to the value, or to 0 if no value is set.
  public func add(_ difference: Double) { number.withLock { $0 = ($0 ?? 0) + difference } }

  /// The current value, or nil if none is set.
  public var value: Double? { number.withLock { $0 } }
}

/// A metric that counts observations in buckets by size.
public final class Histogram: Sendable {
  struct Counts: Equatable {
    /// One count for each bound, and a last count for values above all bounds.
    var buckets: [Int]
    var sum = 0.0
  }

  /// The bucket bounds for durations between a millisecond and a minute, in seconds.
  public static let seconds = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

  let bounds: [Double]
  private let state: Mutex<Counts>

  init(bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
  }

  /// Counts one observation of `value`.
  public func observe(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock {
      $0.buckets[bucket] += 1
      $0.sum += value
    }
  }

  /// Counts one observation of `duration`, in seconds.
  public func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) / 1e18)
  }

  var counts: Counts { state.withLock { $0 } }
}
