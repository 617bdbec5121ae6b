internal import Core
internal import Metrics

/// The metric from which a number of the traffic by day comes.
///
/// The table makes the numbers by day equal to the counters.
struct TrafficSource: Sendable {
  enum Reading: Sendable { case number, milliseconds }

  enum Label: Sendable {
    case fixed(String)
    /// The value of this label of the metric.
    case of(String)
  }

  let metric: String
  let reading: Reading
  let name: TrafficName
  let label: Label
  /// The values of the label `outcome` that count; nil if all series count.
  let outcomes: Set<String>?

  private init(
    _ metric: String,
    _ name: TrafficName,
    _ label: Label,
    _ reading: Reading = .number,
    outcomes: Set<String>? = nil
  ) {
    (self.metric, self.name, self.label, self.reading, self.outcomes) = (metric, name, label, reading, outcomes)
  }

  static let all = [
    TrafficSource("stowage_s3_requests_total", .storeRequests, .of("operation"), outcomes: ["ok", "refused"]),
    TrafficSource("stowage_browser_requests_total", .browserRequests, .of("operation")),
    TrafficSource("stowage_uploaded_files_total", .filesReady, .fixed("")),
    TrafficSource("stowage_uploaded_bytes_total", .filesReadyBytes, .fixed("")),
    TrafficSource("stowage_rejections_total", .rejections, .of("reason")),
    TrafficSource("stowage_claims_refused_total", .claimsRefused, .of("code")),
    TrafficSource("stowage_served_bytes_total", .servedBytes, .of("kind")),
    TrafficSource("stowage_downloads_total", .downloads, .of("route")),
    TrafficSource("stowage_nginx_requests_total", .nginxRequests, .of("cache")),
    TrafficSource("stowage_nginx_sent_bytes_total", .nginxBytes, .of("kind")),
    TrafficSource("stowage_scan_seconds", .work, .fixed("scan")),
    TrafficSource("stowage_scan_seconds", .workMilliseconds, .fixed("scan"), .milliseconds),
    TrafficSource("stowage_decode_seconds", .work, .fixed("decode")),
    TrafficSource("stowage_decode_seconds", .workMilliseconds, .fixed("decode"), .milliseconds),
    TrafficSource("stowage_job_seconds", .work, .fixed("job")),
    TrafficSource("stowage_job_seconds", .workMilliseconds, .fixed("job"), .milliseconds),
  ]

  static let metrics = Set(all.map(\.metric))

  /// The label and the value of a series; nil if the series does not count.
  func reading(of count: Registry.Count) -> (label: String, value: Int64)? {
    if let outcomes, !outcomes.contains(count.labels["outcome"] ?? "") { return nil }
    let value: Int64
    switch reading {
    case .number: value = Int64(count.number)
    case .milliseconds: value = Int64(exactly: (count.sum * 1000).rounded()) ?? 0
    }
    switch label {
    case .fixed(let label): return (label, value)
    case .of(let name): return (count.labels[name] ?? "", value)
    }
  }
}
