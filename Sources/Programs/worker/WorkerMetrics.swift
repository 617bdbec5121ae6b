import Core
import Database
import Foundation
import Metrics
import Processing

/// The metrics of a worker, and the state of the job queue at each scrape.
struct WorkerMetrics: Sendable {
  private let sweeps: Counter
  private let failedSweeps: Counter
  private let found: Counter
  private let overwritten: Counter
  private let expired: Counter
  private let aborted: Counter
  private let purged: Counter
  private let lastSweep: Gauge

  init(_ registry: Registry, database: FileDatabase) {
    sweeps = registry.counter("stowage_sweeps_total", "Completed sweeps.")
    failedSweeps = registry.counter("stowage_sweeps_failed_total", "Sweeps aborted by an unavailable dependency.")
    found = registry.counter("stowage_sweep_found_total", "Uploads found without an event.")
    overwritten = registry.counter(
      "stowage_sweep_overwritten_total",
      "Ready files whose object was overwritten without an event."
    )
    expired = registry.counter("stowage_sweep_expired_total", "Expired uploads.")
    aborted = registry.counter("stowage_sweep_multipart_aborted_total", "Multipart uploads aborted: no pending file.")
    purged = registry.counter("stowage_sweep_purged_total", "Deleted files purged after their restore period.")
    lastSweep = registry.gauge("stowage_sweep_last_timestamp_seconds", "Time at which the last sweep was completed.")
    let waiting = registry.gauge(
      "stowage_tags_users_waiting",
      "Users with files whose tags may differ from the plan; every worker shows the same value."
    )
    registry.beforeScrape { waiting.set((try? database.retagWaiting()).map(Double.init)) }
    for kind in JobKind.allCases { Self.showQueue(of: kind, registry, database) }
  }

  func count(_ report: Sweeper.Report, at now: Date) {
    sweeps.add()
    found.add(report.found)
    overwritten.add(report.overwritten)
    expired.add(report.expired)
    aborted.add(report.aborted)
    purged.add(report.purged)
    lastSweep.set(now.timeIntervalSince1970)
  }

  func countFailedSweep() { failedSweeps.add() }

  /// Adds gauges of the job queue, which is shared by all workers: every worker shows the same values.
  ///
  /// The values are absent while the database is unavailable.
  private static func showQueue(of kind: JobKind, _ registry: Registry, _ database: FileDatabase) {
    func gauge(_ name: String, _ help: String) -> Gauge { registry.gauge(name, help, ["kind": kind.rawValue]) }
    let queued = gauge("stowage_jobs_queued", "Waiting jobs, due or not.")
    let leased = gauge("stowage_jobs_leased", "Jobs under a lease.")
    let runOut = gauge("stowage_jobs_run_out", "Jobs whose lease has expired.")
    let failed = gauge("stowage_jobs_failed", "Failed jobs, which are not retried automatically.")
    let postponed = gauge("stowage_jobs_postponed", "Jobs that wait for a retry.")
    let oldest = gauge(
      "stowage_jobs_oldest_due_seconds",
      "Time since the oldest available job became due."
    )
    registry.beforeScrape {
      let now = Date.now
      let jobs = try? database.jobStatistics(kind, at: now)
      queued.set(jobs.map { Double($0.queued) })
      leased.set(jobs.map { Double($0.leased) })
      runOut.set(jobs.map { Double($0.runOut) })
      failed.set(jobs.map { Double($0.failed) })
      postponed.set(jobs.map { Double($0.postponed) })
      oldest.set(jobs.map { jobs in jobs.oldestDue.map { max(now.timeIntervalSince($0), 0) } ?? 0 })
    }
  }
}
