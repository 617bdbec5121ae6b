internal import Synchronization

/// The metrics of a process, and their text for a Prometheus server.
///
/// The first call with a name and labels creates a metric; later calls return the same metric. Names and labels follow
/// Prometheus' rules. The values of a label must come from a small fixed set.
/// Source: <https://prometheus.io/docs/concepts/data_model/>
public final class Registry: Sendable {
  private enum Series {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case reading(@Sendable () -> Double?)
  }

  private struct Family {
    let type: String
    let help: String
    /// The series by the text of their labels.
    var series: [String: Series] = [:]
    /// The labels by their text.
    var labels: [String: [String: String]] = [:]
  }

  private struct State {
    var families: [String: Family] = [:]
    var preparations: [@Sendable () -> Void] = []
    var countPreparations: [@Sendable () -> Void] = []
  }

  /// The maximum number of series of one metric name; further series count, but are not in the output.
  ///
  /// More series are a sign of a label with unbounded values.
  static let maximumSeries = 256

  private let state = Mutex(State())

  /// Creates a registry without metrics.
  public init() {}

  /// Returns the counter of this name and these labels; the name of a counter ends in `_total`.
  public func counter(_ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:]) -> Counter {
    let made = Counter()
    guard case .counter(let counter) = find(name, "counter", help, labels, or: .counter(made)) else { return made }
    return counter
  }

  /// Returns the gauge of this name and these labels.
  public func gauge(_ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:]) -> Gauge {
    let made = Gauge()
    guard case .gauge(let gauge) = find(name, "gauge", help, labels, or: .gauge(made)) else { return made }
    return gauge
  }

  /// Returns the histogram of this name and these labels; `bounds` are the upper bounds of the buckets, in ascending
  /// order.
  public func histogram(
    _ name: String,
    _ help: String,
    _ labels: KeyValuePairs<String, String> = [:],
    bounds: [Double] = Histogram.seconds
  ) -> Histogram {
    let made = Histogram(bounds: bounds)
    guard case .histogram(let histogram) = find(name, "histogram", help, labels, or: .histogram(made)) else {
      return made
    }
    return histogram
  }

  /// Adds a metric whose value `read` returns at each scrape; the metric is absent while `read` returns nil.
  ///
  /// If `growsOnly` is true, the type of the metric is counter, otherwise gauge.
  public func reading(
    _ name: String,
    _ help: String,
    _ labels: KeyValuePairs<String, String> = [:],
    growsOnly: Bool = false,
    _ read: @escaping @Sendable () -> Double?
  ) {
    _ = find(name, growsOnly ? "counter" : "gauge", help, labels, or: .reading(read))
  }

  /// Registers `prepare` to run before each scrape, for gauges that are set together.
  public func beforeScrape(_ prepare: @escaping @Sendable () -> Void) {
    state.withLock { $0.preparations.append(prepare) }
  }

  /// Registers `prepare` to run before each scrape and before `counts` are read, for counters that are brought up to date
  /// at once.
  ///
  /// `prepare` must not wait for anything.
  public func beforeCounting(_ prepare: @escaping @Sendable () -> Void) {
    state.withLock { $0.countPreparations.append(prepare) }
  }

  /// The value of a counter, or of a histogram.
  public struct Count: Sendable {
    /// The labels.
    public let labels: [String: String]
    /// The value of the counter, or the number of observations.
    public let number: Int
    /// The sum of the observations; 0 for a counter.
    public let sum: Double
  }

  /// Returns the series of each of the counters and histograms with these names.
  public func counts(_ names: Set<String>) -> [String: [Count]] {
    for prepare in state.withLock({ $0.countPreparations }) { prepare() }
    let families = state.withLock { state in state.families.filter { names.contains($0.key) } }
    return families.mapValues { family in
      family.series.compactMap { text, series in
        let labels = family.labels[text] ?? [:]
        switch series {
        case .counter(let counter): return Count(labels: labels, number: counter.value, sum: 0)
        case .histogram(let histogram):
          let counts = histogram.counts
          return Count(labels: labels, number: counts.buckets.reduce(0, +), sum: counts.sum)
        case .gauge, .reading: return nil
        }
      }
    }
  }

  private func find(
    _ name: String,
    _ type: String,
    _ help: String,
    _ labels: KeyValuePairs<String, String>,
    or series: Series
  ) -> Series {
    let pairs = labels
    let labels = Exposition.labels(labels)
    return state.withLock { state in
      var family = state.families[name] ?? Family(type: type, help: help)
      if let known = family.series[labels] { return known }
      guard family.type == type, family.series.count < Self.maximumSeries else { return series }
      family.series[labels] = series
      family.labels[labels] = Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      state.families[name] = family
      return series
    }
  }

  /// Returns all metrics in Prometheus' text format, version 0.0.4.
  ///
  /// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
  public func text() -> String {
    for prepare in state.withLock({ $0.preparations + $0.countPreparations }) { prepare() }
    let families = state.withLock { $0.families }
    var out = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      let series = family.series.sorted { $0.key < $1.key }
      let lines = series.map { Self.lines(name, labels: $0.key, $0.value) }.joined()
      guard !lines.isEmpty else { continue }
      out += "# HELP \(name) \(Exposition.help(family.help))\n# TYPE \(name) \(family.type)\n" + lines
    }
    return out
  }

  private static func lines(_ name: String, labels: String, _ series: Series) -> String {
    switch series {
    case .counter(let counter): Exposition.line(name, labels, Double(counter.value))
    case .gauge(let gauge): gauge.value.map { Exposition.line(name, labels, $0) } ?? ""
    case .reading(let read): read().map { Exposition.line(name, labels, $0) } ?? ""
    case .histogram(let histogram): Exposition.lines(name, labels, histogram)
    }
  }
}
