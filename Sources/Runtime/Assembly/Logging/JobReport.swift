public import Core
public import Database
public import Foundation
internal import Logging
internal import Metrics
public import Processing

/// Records each processed job in the log and the metrics, for the worker and for on-demand rendering.
public struct JobReport: Sendable {
  private let log: Logger
  private let metrics: Registry
  private let leasesLost: Counter
  private let rejections: [RejectionReason: Counter]

  /// Creates a report to the log and the metrics of `app`.
  public init(_ app: some ProcessingProvider) {
    log = app.log
    metrics = app.metrics
    leasesLost = metrics.counter(
      "stowage_leases_lost_total",
      "Jobs abandoned because another process had taken the lease."
    )
    let counters = RejectionReason.allCases.map { [metrics] reason in
      let help = "Files that the checks refused, by reason."
      return (reason, metrics.counter("stowage_rejections_total", help, ["reason": reason.rawValue]))
    }
    rejections = Dictionary(counters, uniquingKeysWith: { first, _ in first })
  }

  /// Records the outcome of a job of `file`, which was started at `start`.
  public func tell(_ kind: JobKind, of file: FileID, _ outcome: ProcessingOutcome, since start: Date) {
    let seconds = Date.now.timeIntervalSince(start)
    count(kind, outcome, seconds)
    var metadata: Logger.Metadata = [
      "kind": .string(kind.rawValue), "file": .string(file.description), "outcome": .string(outcome.name),
      "ms": .stringConvertible((seconds * 10_000).rounded() / 10),
    ]
    var level = Logger.Level.info
    switch outcome {
    case .rejected(let reason), .quarantined(let reason):
      metadata["reason"] = .string(reason.rawValue)
      rejections[reason]?.add()
    case .purged(let addresses): metadata["addresses"] = .stringConvertible(addresses)
    case .discarded(let versions): metadata["versions"] = .stringConvertible(versions)
    case .failed(let detail):
      level = .warning
      metadata["detail"] = .string(detail)
    case .postponed(let detail):
      level = .error
      metadata["detail"] = .string(detail)
    case .ready, .rendered, .expired, .idle, .superseded: break
    }
    log.log(level: level, "job", metadata: metadata)
  }

  private func count(_ kind: JobKind, _ outcome: ProcessingOutcome, _ seconds: Double) {
    let kind = kind.rawValue
    metrics.counter(
      "stowage_jobs_total",
      "Jobs by outcome.",
      ["kind": kind, "outcome": outcome.name]
    ).add()
    metrics.histogram("stowage_job_seconds", "Time from taking a job to recording its outcome.", ["kind": kind])
      .observe(seconds)
    if outcome == .superseded { leasesLost.add() }
  }
}
