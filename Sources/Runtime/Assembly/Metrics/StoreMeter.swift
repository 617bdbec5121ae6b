internal import Metrics
internal import S3
internal import Synchronization

/// Counts the requests to the store, by operation and outcome.
///
/// An operation has series from its first request on, and then for every outcome.
final class StoreMeter: Sendable {
  private struct Series {
    let outcomes: [S3Exchange.Outcome: Counter]
    let seconds: Histogram
  }

  private let metrics: Registry
  private let series = Mutex<[S3Operation: Series]>([:])

  init(_ metrics: Registry) { self.metrics = metrics }

  func count(_ exchange: S3Exchange) {
    let series = series(of: exchange.operation)
    series.outcomes[exchange.outcome]?.add()
    series.seconds.observe(exchange.duration)
  }

  private func series(of operation: S3Operation) -> Series {
    series.withLock { all in
      if let known = all[operation] { return known }
      let outcomes = S3Exchange.Outcome.allCases.map { outcome in
        (
          outcome,
          metrics.counter(
            "stowage_s3_requests_total",
            "Requests sent to the store, by S3 operation and outcome; each attempt counts.",
            ["operation": operation.name, "outcome": outcome.rawValue]
          )
        )
      }
      let made = Series(
        outcomes: Dictionary(outcomes, uniquingKeysWith: { first, _ in first }),
        seconds: metrics.histogram(
          "stowage_s3_request_seconds",
          "Time from a request to the store to the end of its response.",
          ["operation": operation.name]
        )
      )
      all[operation] = made
      return made
    }
  }
}
