/// The lines of Prometheus' text format.
///
/// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details>
enum Exposition {
  static func labels(_ labels: KeyValuePairs<String, String>) -> String {
    labels.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
  }

  static func help(_ text: String) -> String { escaped(text, quotes: false) }

  static func line(_ name: String, _ labels: String, _ value: Double) -> String {
    "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(number(value))\n"
  }

  /// Returns the lines of a histogram; the count of each bucket includes the counts of all smaller buckets.
  static func lines(_ name: String, _ labels: String, _ histogram: Histogram) -> String {
    let counts = histogram.counts
    let prefix = labels.isEmpty ? "" : labels + ","
    var total = 0
    var out = ""
    for (bound, count) in zip(histogram.bounds + [.infinity], counts.buckets) {
      total += count
      out += line(name + "_bucket", "\(prefix)le=\"\(number(bound))\"", Double(total))
    }
    return out + line(name + "_sum", labels, counts.sum) + line(name + "_count", labels, Double(total))
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    return value.description
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var out = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\"" where quotes: out += "\\\""
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }
}
