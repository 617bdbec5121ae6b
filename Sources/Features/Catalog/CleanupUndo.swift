public import Core
public import Database
public import Foundation

/// Restores the files that a run of `stowage cleanup` deleted, each as its owner would.
///
/// It can be stopped and repeated: a restored file no longer belongs to the run.
public struct CleanupUndo: Sendable {
  /// The result for one file.
  public enum Outcome: Hashable, Sendable {
    /// The file is as it was before the run.
    case restored
    /// The bytes are deleted, or a worker is about to delete them.
    case purged
    /// The 30 days of a restore are over.
    case late
    /// The store no longer has the checked bytes.
    case missing
  }

  /// The number of files by outcome.
  public struct Tally: Hashable, Sendable {
    /// The numbers, for outcomes that occurred.
    public var counts: [Outcome: Int] = [:]

    /// A count of nothing.
    public init() {}

    /// The number of files that were looked at.
    public var seen: Int { counts.values.reduce(0, +) }
    /// The number of restored files.
    public var restored: Int { counts[.restored] ?? 0 }
  }

  private let database: FileDatabase
  private let removal: FileRemoval

  /// The number of files per page.
  private static let pageSize = 100

  /// Restores files of `database` with `removal`.
  public init(database: FileDatabase, removal: FileRemoval) {
    (self.database, self.removal) = (database, removal)
  }

  /// Restores every file of `run` that can be restored, while `isWanted` returns true.
  ///
  /// Calls `report` for each file. Throws if the store or the database does not answer.
  public func undo(
    _ run: String,
    at now: Date,
    while isWanted: () -> Bool = { true },
    report: (FileRecord, Outcome) -> Void = { _, _ in }
  ) throws(StorageError) -> Tally {
    var tally = Tally()
    var last: FileID?
    repeat {
      let page = try database.files(removedBy: .cleanup(run: run), after: last, limit: Self.pageSize)
      for file in page where isWanted() {
        let outcome = try restore(file, at: now)
        tally.counts[outcome, default: 0] += 1
        report(file, outcome)
      }
      last = page.count == Self.pageSize ? page.last?.id : nil
    } while last != nil && isWanted()
    return tally
  }

  private func restore(_ file: FileRecord, at now: Date) throws(StorageError) -> Outcome {
    guard file.state == .deleted else { return .purged }
    guard let time = file.deletedAt, time > Retention.cutoff(at: now) else { return .late }
    do throws(StorageError) {
      try removal.restore(file.id, of: file.user, at: now)
      return .restored
    } catch .gone {
      return try database.file(file.id)?.state == .deleted ? .missing : .purged
    } catch .notFound {
      return .purged
    }
  }
}
