import FastCGI
import Metrics

/// Counts the requests of a process, without paths and users.
struct RequestMeter: Sendable {
  private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"]
  private static let classes = ["2xx", "3xx", "4xx", "5xx"]

  /// Counters by method and status class.
  private let counters: [[Counter]]
  private let seconds: Histogram
  private let inFlight: Gauge

  init(_ metrics: Registry) {
    counters = Self.methods.map { method in
      Self.classes.map { metrics.counter("stowage_requests_total", "Responses.", ["method": method, "status": $0]) }
    }
    seconds = metrics.histogram("stowage_request_seconds", "Time from a complete request to its response.")
    inFlight = metrics.gauge("stowage_requests_in_flight", "Requests in progress.")
    inFlight.set(0)
  }

  func begin() { inFlight.add(1) }

  /// Records that the response is deferred, so the request is not in progress until a thread takes it up.
  func deferResponse() { inFlight.add(-1) }

  func end(_ method: String, _ status: Int, after duration: Duration) {
    let row = Self.methods.firstIndex(of: method) ?? Self.methods.count - 1
    let column = min(max(status / 100, 2), 5) - 2
    counters[row][column].add()
    seconds.observe(duration)
    inFlight.add(-1)
  }
}
