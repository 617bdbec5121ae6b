public import Assembly
import Core
public import FastCGI
import Foundation
import Metrics

/// The health and metrics endpoints on the socket of a process.
///
/// - `/health/live`: 200 while the process serves requests, with its process identifier, version and build.
/// - `/health/ready`: 200 if every readiness check succeeds, else 503; `parts` has the result of each check:
///   `ok`, `ok, but …`, or the failure.
/// - `/metrics`: metrics in Prometheus' text format.
///
/// nginx forwards these paths only from a listener on the loopback address (nginx/sites/monitor.conf).
public struct Monitor: Sendable {
  private struct Life: Encodable {
    let status = "live"
    let process: String
    let pid = getpid()
    let version = Version.current
    let build = Build.digest
  }

  private struct Readiness: Encodable {
    let status: String
    let process: String
    let pid = getpid()
    let version = Version.current
    let parts: [String: String]
  }

  /// The maximum time for all checks together.
  private static let patience = Duration.seconds(2)

  private let app: Application
  private let process: String
  private let probes: [Probe]

  /// Creates a monitor of `process` with its readiness checks.
  public init(_ app: Application, process: String, checks: [ReadinessCheck]) {
    self.app = app
    self.process = process
    probes = checks.map(Probe.init)
    app.metrics.addProcess()
    showReadiness()
    app.metrics.reading(
      "stowage_build_info",
      "The running build.",
      ["build": Build.digest, "process": process, "version": Version.current]
    ) { 1 }
  }

  /// Adds a metric for each readiness check, which every scrape brings up to date as far as the checks answer in time.
  private func showReadiness() {
    let parts = probes.map { probe in
      (
        probe,
        app.metrics.gauge(
          "stowage_part_ready",
          "1 if a part that the process needs answers, else 0.",
          ["part": probe.name]
        )
      )
    }
    app.metrics.beforeScrape {
      let deadline = ContinuousClock.now + Self.patience
      for (probe, _) in parts { probe.refresh() }
      for (probe, gauge) in parts { gauge.set(probe.verdict(by: deadline) == nil ? 1 : 0) }
    }
  }

  /// Adds metrics of the connections of `server`, which has `threads` threads.
  func watch(_ statistics: ServerStatistics, threads: Int) {
    let metrics = app.metrics
    metrics.reading("stowage_threads", "Threads that answer requests.") { Double(threads) }
    metrics.reading("stowage_requests_waiting", "Requests that wait for a deferred response.") {
      Double(statistics.waiting)
    }
    metrics.reading("stowage_requests_refused_total", "Requests refused because too many waited.", growsOnly: true) {
      Double(statistics.refused)
    }
    metrics.reading("stowage_connections_open", "Open connections.") {
      Double(statistics.open)
    }
    metrics.reading("stowage_connections_total", "Connections accepted.", growsOnly: true) {
      Double(statistics.accepted)
    }
    metrics.reading(
      "stowage_connections_cut_total",
      "Connections cut with a request or an answer that was not whole.",
      ["reason": "deadline"],
      growsOnly: true
    ) { Double(statistics.cut) }
    metrics.reading(
      "stowage_connections_cut_total",
      "Connections cut with a request or an answer that was not whole.",
      ["reason": "crowded"],
      growsOnly: true
    ) { Double(statistics.crowdedOut) }
    metrics.reading("stowage_accept_failures_total", "Connections that could not be accepted.", growsOnly: true) {
      Double(statistics.failed)
    }
  }

  /// Returns the response to a health or metrics request; nil if `request` has another path.
  public func answer(_ request: Request) -> Response? {
    guard ["/health/live", "/health/ready", "/metrics"].contains(request.path) else { return nil }
    guard ["GET", "HEAD"].contains(request.method) else {
      return .problem(RequestError.methodNotAllowed(allowed: ["GET", "HEAD"]), requestID: request.id)
    }
    switch request.path {
    case "/health/live": return .json(Life(process: process))
    case "/health/ready": return readiness()
    default:
      return Response(
        status: 200,
        headers: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store")],
        body: .bytes(Array(app.metrics.text().utf8))
      )
    }
  }

  private func readiness() -> Response {
    let deadline = ContinuousClock.now + Self.patience
    for probe in probes { probe.refresh() }
    let verdicts = probes.map { ($0, $0.verdict(by: deadline)) }
    let isReady = verdicts.allSatisfy { $0.1 == nil }
    let results = verdicts.map { probe, failure in (probe.name, failure ?? probe.remark.map { "ok, but " + $0 } ?? "ok")
    }
    let parts = Dictionary(results, uniquingKeysWith: { first, _ in first })
    return .json(
      Readiness(status: isReady ? "ready" : "not ready", process: process, parts: parts),
      status: isReady ? 200 : 503
    )
  }
}
