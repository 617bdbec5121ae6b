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
    sweeps = registry.counter("stowage_sweeps_total", "Sweeps that came to their end.")
    failedSweeps = registry.counter("stowage_sweeps_failed_total", "Sweeps cut short by a part out of reach.")
    found = registry.counter("stowage_sweep_found_total", "Uploads that no event had told of.")
    overwritten = registry.counter(
      "stowage_sweep_overwritten_total",
      "Ready files over which something was put that no event had told of."
    )
    expired = registry.counter("stowage_sweep_expired_total", "Uploads whose time was over.")
    aborted = registry.counter("stowage_sweep_multipart_aborted_total", "Multipart uploads that no pending file knew.")
    purged = registry.counter("stowage_sweep_purged_total", "Files deleted longer ago than they can be restored.")
    lastSweep = registry.gauge("stowage_sweep_last_timestamp_seconds", "When the last sweep came to its end.")
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
    let queued = gauge("stowage_jobs_queued", "Jobs that wait, due or not.")
    let leased = gauge("stowage_jobs_leased", "Jobs that somebody took.")
    let runOut = gauge("stowage_jobs_run_out", "Jobs whose lease ran out and that nobody took over yet.")
    let failed = gauge("stowage_jobs_failed", "Jobs that failed for good.")
    let postponed = gauge("stowage_jobs_postponed", "Jobs given back that wait for another try.")
    let oldest = gauge(
      "stowage_jobs_oldest_due_seconds",
      "For how long the oldest job that could be taken has been due."
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
