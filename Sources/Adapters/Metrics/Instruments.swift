internal import Synchronization

/// A metric that only increases.
public final class Counter: Sendable {
  private let count = Atomic(0)

  init() {}

  /// Adds `number`; a negative number counts as 0, and the counter stays at the largest number once it is there.
  public func add(_ number: Int = 1) {
    var old = count.load(ordering: .relaxed)
    while true {
      let (sum, isTooLarge) = old.addingReportingOverflow(max(number, 0))
      let result = count.weakCompareExchange(expected: old, desired: isTooLarge ? .max : sum, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }

  /// The current value.
  public var value: Int { count.load(ordering: .relaxed) }
}

/// A metric that increases and decreases; it is absent from the output until it is set.
public final class Gauge: Sendable {
  private let number = AtomicNumber(nil)

  init() {}

  /// Sets the value; nil removes the metric from the output.
  public func set(_ value: Double?) { number.set(value) }

  /// Adds `difference` to the value, or to 0 if no value is set.
  public func add(_ difference: Double) { number.add(difference) }

  /// The current value, or nil if none is set.
  public var value: Double? { number.value }
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
  private let buckets: [Counter]
  private let sum = AtomicNumber(0)

  init(bounds: [Double]) {
    self.bounds = bounds
    buckets = (0...bounds.count).map { _ in Counter() }
  }

  /// Counts one observation of `value`.
  ///
  /// A reader at the same moment may see the count before the sum.
  public func observe(_ value: Double) {
    buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
    sum.add(value)
  }

  /// Counts one observation of `duration`, in seconds.
  public func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) / 1e18)
  }

  var counts: Counts { Counts(buckets: buckets.map(\.value), sum: sum.value ?? 0) }
}

/// A number, or nil, that threads change without a lock.
///
/// Every request changes some of these numbers, and a lock would make the threads of all requests wait for each other.
private final class AtomicNumber: Sendable {
  /// The bits of a NaN that no calculation results in.
  private static let absent: UInt64 = 0xFFFF_FFFF_FFFF_FFFF

  private let bits: Atomic<UInt64>

  init(_ value: Double?) { bits = Atomic(Self.bits(of: value)) }

  var value: Double? { Self.value(of: bits.load(ordering: .relaxed)) }

  func set(_ value: Double?) { bits.store(Self.bits(of: value), ordering: .relaxed) }

  func add(_ difference: Double) {
    var seen = bits.load(ordering: .relaxed)
    while true {
      let sum = (Self.value(of: seen) ?? 0) + difference
      let (exchanged, original) = bits.weakCompareExchange(
        expected: seen,
        desired: sum.bitPattern,
        ordering: .relaxed
      )
      if exchanged { return }
      seen = original
    }
  }

  private static func bits(of value: Double?) -> UInt64 { value?.bitPattern ?? absent }

  private static func value(of bits: UInt64) -> Double? { bits == absent ? nil : Double(bitPattern: bits) }
}
