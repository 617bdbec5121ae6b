import Core
import Database
import Foundation
import Metrics
import Processing

/// The metrics of a worker, with the state of the job queue at each scrape.
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
    let queues = JobKind.allCases.map { QueueMetrics($0, registry) }
    registry.beforeScrape {
      // A database that is locked costs the wait of one read, not of each.
      do throws(StorageError) {
        waiting.set(Double(try database.retagWaiting()))
        for queue in queues { try queue.refresh(database, at: .now) }
      } catch {
        waiting.set(nil)
        for queue in queues { queue.hide() }
      }
    }
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
}
