import Core

extension SettingsReader {
  /// Returns the worker settings; in production a lease is longer than every deadline of the work that it covers, and the
  /// last purge comes after the end of every fetch of nginx.
  ///
  /// Development allows shorter times, so that tests can wait for them.
  mutating func workerSettings(_ environment: Settings.Environment) -> WorkerSettings? {
    let threads = integer("STOWAGE_WORKER_THREADS", 1...64, unit: "threads", fallback: 4)
    let sweep = integer("STOWAGE_SWEEP_SECONDS", 1...3600, unit: "seconds", fallback: 60)
    let shortestLease = environment == .development ? 2 : 90
    let lease = integer("STOWAGE_LEASE_SECONDS", shortestLease...3600, unit: "seconds", fallback: 120)
    let earliestPurge = environment == .development ? 6 : 45
    let purge = integer("STOWAGE_LAST_PURGE_SECONDS", earliestPurge...300, unit: "seconds", fallback: 45)
    let cleanup = choice("STOWAGE_CLEANUP", fallback: Schedule.off)
    let directory = path("STOWAGE_TEMPORARY_DIRECTORY", fallback: "/var/tmp")
    return directory.map {
      WorkerSettings(
        threads: threads,
        sweepSeconds: sweep,
        leaseSeconds: lease,
        lastPurgeSeconds: purge,
        cleansUp: cleanup == .daily,
        temporaryDirectory: $0
      )
    }
  }

  mutating func usageSettings() -> UsageSettings {
    UsageSettings(
      isDaily: choice("STOWAGE_USAGE", fallback: Schedule.off) == .daily,
      inventory: optional("STOWAGE_INVENTORY", "bucket/prefix without a slash at its end, or none") {
        InventorySetting($0)
      }
    )
  }

  mutating func retentionRule() -> RetentionRule {
    let standard = RetentionRule()
    let days = value("STOWAGE_DELETE_AFTER_DAYS", "days, 1 to 36500, or never", fallback: "365") { text -> Int?? in
      if text == "never" { return .some(nil) }
      return Int(text).flatMap { (1...36_500).contains($0) ? .some($0) : nil }
    }
    return RetentionRule(
      days: days ?? standard.days,
      noticeDays: integer("STOWAGE_DOWNGRADE_NOTICE_DAYS", 0...3650, unit: "days", fallback: standard.noticeDays)
    )
  }
}

/// The values of STOWAGE_CLEANUP and STOWAGE_USAGE.
private enum Schedule: String, CaseIterable { case off, daily }
