import Assembly
import Core
import Database
import Foundation
import Logging
import Metrics
import Processing

/// The work that one worker of all nodes does once a day, part by part: the comparison of the raw bucket with the database,
/// and the deletion of files by age.
struct DailyWork: Sendable {
  /// The maximum number of missing objects per part that the log names.
  private static let namedFiles = 20

  private let log: Logger
  private let database: FileDatabase
  private let reports: WorkReports
  private let comparison: BucketComparison
  /// Nil if the worker deletes nothing by age.
  private let cleanup: Cleanup?
  private let covered: Counter
  private let missing: Counter
  private let aged: Counter
  private let agedBytes: Counter
  private let lastCleanup: Gauge

  init(_ app: Application, _ reports: WorkReports) throws(StorageError) {
    log = app.log
    database = try app.database
    self.reports = reports
    comparison = BucketComparison(
      database: database,
      store: try app.store,
      bucket: app.settings.buckets.raw
    )
    cleanup =
      app.settings.worker.cleansUp ? Cleanup(database: database, rule: app.settings.retention) : nil
    covered = app.metrics.counter(
      "stowage_comparison_covered_total",
      "Ready files with a delete marker or an object above the checked version, found by the daily comparison."
    )
    missing = app.metrics.counter(
      "stowage_comparison_missing_total",
      "Ready files without their checked object, found by the daily comparison."
    )
    aged = app.metrics.counter("stowage_cleanup_files_total", "Files deleted by age.")
    agedBytes = app.metrics.counter("stowage_cleanup_bytes_total", "Bytes of the files deleted by age.")
    lastCleanup = app.metrics.gauge(
      "stowage_cleanup_last_timestamp_seconds",
      "Time at which this worker ended a daily deletion by age."
    )
  }

  /// Does the next part of what is due at `now`.
  func go(at now: Date, while isWanted: @escaping () -> Bool) throws(StorageError) {
    try compare(at: now, while: isWanted)
    try cleanUp(at: now, while: isWanted)
  }

  private func compare(at now: Date, while isWanted: () -> Bool) throws(StorageError) {
    guard let part = try comparison.next(at: now, while: isWanted) else { return }
    covered.add(part.covered.count)
    missing.add(part.missing.count)
    try reports.tellComparison(
      seen: part.seen,
      covered: part.covered.count,
      missing: part.missing.count,
      isLast: part.isLast,
      at: now
    )
    for file in part.missing.prefix(Self.namedFiles) {
      log.error("the checked object of a ready file is missing", metadata: ["file": .string(file.description)])
    }
    if part.isLast { try database.trimTraffic(at: now) }
    guard part.isLast || !part.covered.isEmpty || !part.missing.isEmpty else { return }
    log.info(
      "comparison",
      metadata: [
        "versions": .stringConvertible(part.seen), "covered": .stringConvertible(part.covered.count),
        "missing": .stringConvertible(part.missing.count), "ended": .stringConvertible(part.isLast),
      ]
    )
  }

  private func cleanUp(at now: Date, while isWanted: @escaping () -> Bool) throws(StorageError) {
    guard let part = try cleanup?.daily(at: now, while: isWanted) else { return }
    aged.add(part.tally.files)
    agedBytes.add(Int(part.tally.bytes))
    try reports.tellCleanup(files: part.tally.files, bytes: part.tally.bytes, isLast: part.isLast, at: now)
    if part.isLast { lastCleanup.set(now.timeIntervalSince1970) }
    guard part.tally.files > 0 || part.isLast else { return }
    log.notice(
      "cleanup",
      metadata: [
        "run": .string(part.run), "files": .stringConvertible(part.tally.files),
        "bytes": .stringConvertible(part.tally.bytes), "ended": .stringConvertible(part.isLast),
      ]
    )
  }
}
