internal import Synchronization

/// Every metric of a process, and their text for a scraper.
///
/// A metric is made at its first mention and found again by name and labels at the next. Names and labels follow
/// Prometheus' rules; label values must come out of a small fixed set.
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
    /// By the labels' text.
    var series: [String: Series] = [:]
  }

  private struct State {
    var families: [String: Family] = [:]
    var preparations: [@Sendable () -> Void] = []
  }

  /// Series that a family shows at most: whoever makes more has a label without bounds, and the rest is counted unseen.
  static let maximumSeries = 64

  private let state = Mutex(State())

  /// A registry without metrics.
  public init() {}

  /// A number that only grows; its name ends in `_total`.
  public func counter(_ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:]) -> Counter {
    let made = Counter()
    guard case .counter(let counter) = find(name, "counter", help, labels, or: .counter(made)) else { return made }
    return counter
  }

  /// A number that goes up and down.
  public func gauge(_ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:]) -> Gauge {
    let made = Gauge()
    guard case .gauge(let gauge) = find(name, "gauge", help, labels, or: .gauge(made)) else { return made }
    return gauge
  }

  /// Observations, counted by size; `bounds` are the buckets' upper ends, growing.
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

  /// What something else counts, read at each scrape; left out where it reads nil.
  public func reading(
    _ name: String,
    _ help: String,
    _ labels: KeyValuePairs<String, String> = [:],
    growsOnly: Bool = false,
    _ read: @escaping @Sendable () -> Double?
  ) {
    _ = find(name, growsOnly ? "counter" : "gauge", help, labels, or: .reading(read))
  }

  /// Runs `prepare` before each scrape, for gauges that are set together.
  public func beforeScrape(_ prepare: @escaping @Sendable () -> Void) {
    state.withLock { $0.preparations.append(prepare) }
  }

  private func find(
    _ name: String,
    _ type: String,
    _ help: String,
    _ labels: KeyValuePairs<String, String>,
    or series: Series
  ) -> Series {
    let labels = Exposition.labels(labels)
    return state.withLock { state in
      var family = state.families[name] ?? Family(type: type, help: help)
      if let known = family.series[labels] { return known }
      guard family.type == type, family.series.count < Self.maximumSeries else { return series }
      family.series[labels] = series
      state.families[name] = family
      return series
    }
  }

  /// All metrics in Prometheus' text format, version 0.0.4.
  ///
  /// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
  public func text() -> String {
    for prepare in state.withLock({ $0.preparations }) { prepare() }
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
