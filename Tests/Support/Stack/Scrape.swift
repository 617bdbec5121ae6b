internal import Foundation

/// A page of metrics, parsed strictly by the format.
///
/// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
public struct Scrape: Sendable {
  /// The series of a line.
  public struct Series: Hashable, Sendable {
    /// The sample's name, including suffixes such as `_bucket`.
    public let name: String
    /// The labels.
    public let labels: [String: String]
  }

  /// The value of each series.
  public private(set) var samples: [Series: Double] = [:]
  /// The type of each metric family.
  public private(set) var types: [String: String] = [:]

  /// Throws at the first line that is malformed or misplaced.
  public init(_ text: String) throws {
    guard text.isEmpty || text.hasSuffix("\n") else { throw Unexpected("the last line has no end") }
    var family: String?
    var helped: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if let match = line.wholeMatch(of: /# HELP ([a-z_:][a-z0-9_:]*) (\S.*)/) {
        helped = String(match.1)
      } else if let match = line.wholeMatch(of: /# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram)/) {
        let name = String(match.1)
        guard helped == name, types[name] == nil else { throw Unexpected("out of place: \(line)") }
        types[name] = String(match.2)
        family = name
      } else {
        guard let family else { throw Unexpected("before any family: \(line)") }
        try take(line, of: family)
      }
    }
    for (name, type) in types { try check(name, type) }
  }

  /// Returns the value of a series; nil if there is no such series.
  public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples[Series(name: name, labels: labels)]
  }

  /// Returns the sum over every series of this name.
  public func sum(_ name: String) -> Double { samples.filter { $0.key.name == name }.values.reduce(0, +) }

  private mutating func take(_ line: Substring, of family: String) throws {
    let pattern = /([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)/
    guard let match = line.wholeMatch(of: pattern) else { throw Unexpected("no sample: \(line)") }
    let name = String(match.1)
    let suffixes = types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    guard suffixes.contains(where: { family + $0 == name }) else { throw Unexpected("not of \(family): \(line)") }
    let series = Series(name: name, labels: try Self.labels(match.2 ?? ""))
    let number = match.3 == "NaN" ? Double.nan : Double(match.3.replacing("Inf", with: "infinity"))
    guard let number, samples.updateValue(number, forKey: series) == nil else { throw Unexpected("twice: \(line)") }
  }

  private static func labels(_ text: Substring) throws -> [String: String] {
    var labels: [String: String] = [:]
    var rest = text
    while !rest.isEmpty {
      guard let match = rest.prefixMatch(of: /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,(?=.)|$)/),
        labels[String(match.1)] == nil
      else { throw Unexpected("no labels: \(text)") }
      let value = String(match.2).replacing(/\\(.)/) { $0.1 == "n" ? "\n" : String($0.1) }
      labels[String(match.1)] = value
      rest = rest[match.range.upperBound...]
    }
    return labels
  }

  private func check(_ name: String, _ type: String) throws {
    switch type {
    case "counter":
      guard name.hasSuffix("_total") else { throw Unexpected("a counter without _total: \(name)") }
    case "histogram":
      for (series, count) in samples where series.name == name + "_count" {
        let buckets = samples.filter { sample in
          sample.key.name == name + "_bucket"
            && sample.key.labels.filter { $0.key != "le" } == series.labels
        }
        let sorted = buckets.map { (Double($0.key.labels["le"]?.replacing("Inf", with: "infinity") ?? ""), $0.value) }
          .sorted { ($0.0 ?? -.infinity) < ($1.0 ?? -.infinity) }
        guard sorted.last?.0 == .infinity, sorted.last?.1 == count, sorted.allSatisfy({ $0.0 != nil }),
          zip(sorted, sorted.dropFirst()).allSatisfy({ $0.1 <= $1.1 })
        else { throw Unexpected("buckets of \(name)") }
      }
    default: break
    }
  }
}
