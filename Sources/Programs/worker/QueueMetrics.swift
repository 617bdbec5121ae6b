import Core
import Database
import Foundation
import Metrics

/// The gauges of the job queue, which is shared by all workers: every worker shows the same values.
///
/// The values are absent while the database is unavailable.
struct QueueMetrics: Sendable {
  private let kind: JobKind
  private let queued: Gauge
  private let leased: Gauge
  private let runOut: Gauge
  private let failed: Gauge
  private let postponed: Gauge
  private let oldest: Gauge

  init(_ kind: JobKind, _ registry: Registry) {
    func gauge(_ name: String, _ help: String) -> Gauge { registry.gauge(name, help, ["kind": kind.rawValue]) }
    self.kind = kind
    queued = gauge("stowage_jobs_queued", "Waiting jobs, due or not.")
    leased = gauge("stowage_jobs_leased", "Jobs under a lease.")
    runOut = gauge("stowage_jobs_run_out", "Jobs whose lease has expired.")
    failed = gauge("stowage_jobs_failed", "Failed jobs, which are not retried automatically.")
    postponed = gauge("stowage_jobs_postponed", "Jobs that wait for a retry.")
    oldest = gauge("stowage_jobs_oldest_due_seconds", "Time since the oldest available job became due.")
  }

  func refresh(_ database: FileDatabase, at now: Date) throws(StorageError) {
    let jobs = try database.jobStatistics(kind, at: now)
    queued.set(Double(jobs.queued))
    leased.set(Double(jobs.leased))
    runOut.set(Double(jobs.runOut))
    failed.set(Double(jobs.failed))
    postponed.set(Double(jobs.postponed))
    oldest.set(jobs.oldestDue.map { max(now.timeIntervalSince($0), 0) } ?? 0)
  }

  func hide() {
    for gauge in [queued, leased, runOut, failed, postponed, oldest] { gauge.set(nil) }
  }
}
