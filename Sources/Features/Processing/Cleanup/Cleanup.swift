public import Core
public import Database
public import Foundation

/// Deletes the files of standard users that are due by `RetentionRule`, as their owners would.
///
/// Any number of processes can run it at the same time, and a killed run can be repeated: each file is judged in the
/// transaction that deletes it. Users and files are read page by page.
public struct Cleanup: Sendable {
  /// The files that a run deleted, or would delete.
  public struct Tally: Hashable, Sendable {
    /// The number of files.
    public var files = 0
    /// The bytes that the owners get back when the files are purged.
    public var bytes: Int64 = 0
    /// The number of users with such a file.
    public var users = 0

    /// A count of nothing.
    public init() {}
  }

  /// The files of one user in a run.
  public struct Share: Hashable, Sendable {
    /// The owner of the files.
    public let user: UserID
    /// The number of files.
    public internal(set) var files = 0
    /// The bytes of the files.
    public internal(set) var bytes: Int64 = 0
  }

  /// The result of one part of the daily run.
  public struct Part: Hashable, Sendable {
    /// The identifier of the run, which all its parts share.
    public let run: String
    /// The files that this part deleted.
    public let tally: Tally
    /// True if the run has ended.
    public let isLast: Bool
  }

  /// The interval between two daily runs, in seconds.
  static let period: TimeInterval = 86_400
  /// The time for which a part of the daily run excludes other workers, in seconds.
  static let leaseSeconds: TimeInterval = 300
  /// The number of files per page.
  static let pageSize = 500
  /// The number of users per page.
  static let usersPerPage = 100
  /// The number of deletions per transaction, which bounds the wait of other writers.
  static let batchSize = 50

  let database: FileDatabase
  let rule: RetentionRule

  /// Deletes files of `database` by `rule`.
  public init(database: FileDatabase, rule: RetentionRule) {
    (self.database, self.rule) = (database, rule)
  }

  /// Returns the identifier of a run that begins at `now`; `suffix` distinguishes runs of the same second.
  public static func run(at now: Date, _ suffix: String) -> String {
    let time: String = now.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
    return "\(time)-\(suffix)"
  }

  /// Deletes all due files, or those of `user`, at most `limit`; with `run` nil, only counts them.
  ///
  /// Calls `progress` after each page, and `report` after each user with such a file. Stops between two transactions if
  /// `isWanted` returns false.
  public func run(
    _ run: String?,
    of user: UserID? = nil,
    limit: Int = .max,
    at now: Date,
    while isWanted: @escaping () -> Bool = { true },
    progress: @escaping (Tally) -> Void = { _ in },
    report: @escaping (Share) -> Void = { _ in }
  ) throws(StorageError) -> Tally {
    let walk = CleanupWalk(
      self,
      run: run,
      deletions: limit,
      at: now,
      isWanted: isWanted,
      progress: progress,
      report: report
    )
    if let user {
      if let record = try database.user(user) { _ = try walk.visit(record, after: nil) }
    } else {
      _ = try walk.visitAll(from: nil)
    }
    return walk.tally
  }

  /// Does the next part of the daily run: at most `deletions` deletions among at most `files` files.
  ///
  /// Returns nil if the run of the day is over, or if another worker is at it. A row of the database decides, so that one
  /// worker of all nodes does a part, and continues where another one stopped or was killed.
  public func daily(
    at now: Date,
    deletions: Int = 1000,
    files: Int = 50_000,
    while isWanted: @escaping () -> Bool = { true }
  ) throws(StorageError) -> Part? {
    guard rule.days != nil,
      let chore = try database.claim(.cleanup, every: Self.period, seconds: Self.leaseSeconds, at: now)
    else { return nil }
    let run = Self.run(at: chore.startedAt, "daily")
    let walk = CleanupWalk(self, run: run, deletions: deletions, files: files, at: now, isWanted: isWanted)
    let next = try walk.visitAll(from: CleanupWalk.Position(chore.position))
    _ = try database.leave(chore, at: next?.description)
    return Part(run: run, tally: walk.tally, isLast: next == nil)
  }
}
