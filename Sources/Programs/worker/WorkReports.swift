import Assembly
import Core
import Database
import Foundation
import Processing
import Synchronization

/// Stores the last results of this worker's sweeps and daily work for the dashboard, and counts users and files.
final class WorkReports: Sendable {
  private let database: FileDatabase
  private let totals = Mutex<[ReportName: [Int64]]>([:])

  init(_ database: FileDatabase) { self.database = database }

  /// Stores the result of a sweep.
  func tell(_ sweep: Sweeper.Report, at now: Date) throws(StorageError) {
    let figures: [Report.Outcome.Figure] = [
      .init("uploads found without an event", Int64(sweep.found), "files"),
      .init("objects above the checked version", Int64(sweep.overwritten), "files"),
      .init("uploads expired", Int64(sweep.expired), "files"),
      .init("uploads in parts aborted", Int64(sweep.aborted), "uploads"),
      .init("deleted files purged", Int64(sweep.purged), "files"),
    ]
    let text = sweep.isEmpty ? "Nothing was to be done." : "Did what was due."
    try store(.sweep, Report.Outcome(isGood: true, text: text, figures: figures), at: now)
  }

  /// Stores that a sweep was cut short.
  func tellFailedSweep(_ error: StorageError, at now: Date) throws(StorageError) {
    let text = "Cut short: \(Wording.printable("\(error)"))"
    try store(.sweep, Report.Outcome(isGood: false, text: text), at: now)
  }

  /// Adds a part of the comparison; stores the result at its end.
  func tellComparison(seen: Int, covered: Int, missing: Int, isLast: Bool, at now: Date) throws(StorageError) {
    let sums = add([Int64(seen), Int64(covered), Int64(missing)], to: .comparison, isLast: isLast)
    guard isLast else { return }
    let outcome = Report.Outcome(
      isGood: sums[2] == 0,
      text: sums[2] == 0
        ? "Every ready file that this worker compared has its object."
        : "Ready files lack their object: the worker's log names them. Restore the objects from a copy of the bucket.",
      figures: [
        .init("versions compared", sums[0], "versions"), .init("covered files found", sums[1], "files"),
        .init("files without their object", sums[2], "files"),
      ]
    )
    try store(.comparison, outcome, at: now)
  }

  /// Adds a part of the deletion by age; stores the result at its end.
  func tellCleanup(files: Int, bytes: Int64, isLast: Bool, at now: Date) throws(StorageError) {
    let sums = add([Int64(files), bytes], to: .cleanup, isLast: isLast)
    guard isLast else { return }
    let outcome = Report.Outcome(
      isGood: true,
      text: sums[0] == 0
        ? "No file was due by age." : "Deleted the files that were due by age; they can be restored for 30 days.",
      figures: [.init("files deleted", sums[0], "files"), .init("size of these files", sums[1], "bytes")]
    )
    try store(.cleanup, outcome, at: now)
  }

  /// Counts users and files if the last count is older than `Census.pause`.
  func takeCensus(at now: Date) throws(StorageError) {
    if let last = try database.census(), now.timeIntervalSince(last.at) < last.census.pause { return }
    let census = try database.takeCensus(at: now)
    let outcome = Report.Outcome(
      isGood: true,
      text: "Counted all users and files.",
      figures: [
        .init("users", census.users, "users"),
        .init("files", census.files.reduce(0) { $0 + $1.count }, "files"),
        .init("time of the count", Int64(census.seconds * 1000), "ms"),
      ]
    )
    try store(.census, outcome, at: now)
  }

  private func add(_ values: [Int64], to name: ReportName, isLast: Bool) -> [Int64] {
    totals.withLock { totals in
      let before = totals[name] ?? Array(repeating: 0, count: values.count)
      let sums = zip(before, values).map { $0 + $1 }
      totals[name] = isLast ? nil : sums
      return sums
    }
  }

  private func store(_ name: ReportName, _ outcome: Report.Outcome, at now: Date) throws(StorageError) {
    try database.store(Report(name: name, at: now, node: Node.name, outcome: outcome))
  }
}
