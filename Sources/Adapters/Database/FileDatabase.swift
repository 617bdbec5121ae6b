public import Core
internal import Foundation
internal import GRDB

/// The database of users, files and jobs: one SQLite file that many processes share.
///
/// Every call blocks, and any thread may call. A call that writes returns after its changes are durable. Writes of one
/// process that wait at the same time are committed together. A call throws `unavailable` if other writers hold the
/// database until the timeout. Times have a precision of one millisecond.
public final class FileDatabase: Sendable {
  private let path: String
  private let pool: DatabasePool
  private let commits: CommitQueue
  /// The plan and quota of users whose record is created here.
  let newUsers: AccountDefaults
  /// The rule by which files are deleted by age.
  let retention: RetentionRule

  /// Opens the database at `path`, creates it if necessary, and upgrades its tables to the newest schema version.
  ///
  /// The folder must exist. New users get the plan and quota of `newUsers`. `retention` decides about tags and the
  /// notice after a restore. `busySeconds` limits the wait of one call for other writers. `readers` is the maximum
  /// number of concurrent reads.
  public init(
    path: String,
    newUsers: AccountDefaults = AccountDefaults(),
    retention: RetentionRule = RetentionRule(),
    busySeconds: Double = 5,
    readers: Int = 8
  ) throws(StorageError) {
    self.path = path
    self.newUsers = newUsers
    self.retention = retention
    let timeout = Duration.seconds(busySeconds)
    let busyDeadline = BusyDeadline(ContinuousClock.now + timeout)
    do {
      pool = try Self.open(path, readers: readers, busySeconds: busySeconds, busyDeadline)
      try Migrator.migrate(pool)
    } catch {
      throw StorageError(DatabaseError(error))
    }
    commits = CommitQueue(
      pool: pool,
      busyDeadline: busyDeadline,
      busyTimeout: timeout,
      checkpoints: Checkpoints()
    )
  }

  /// Runs `body` on a read connection in one transaction, so that all reads see the same snapshot.
  func read<Value>(_ body: (Connection) throws -> Value) throws(StorageError) -> Value {
    do {
      return try pool.read(body)
    } catch {
      throw StorageError(DatabaseError(error))
    }
  }

  /// Commits the changes of `body`, possibly together with other writes.
  ///
  /// `body` may run more than once, so it must have no effects outside the database.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> Value
  ) throws(StorageError) -> Value {
    do throws(DatabaseError) {
      return try commits.write(body)
    } catch {
      throw StorageError(error)
    }
  }

  /// Returns a watch for commits by any process of this node; nil if the kernel offers none.
  public func changeWatch() -> ChangeWatch? { ChangeWatch(database: path) }

  /// The number of writes that wait for the next transaction.
  var waitingWrites: Int { commits.waitingCount }

  /// Opens the file, and tries again while it is busy: SQLite changes to WAL mode without calling the busy handler.
  private static func open(
    _ path: String,
    readers: Int,
    busySeconds: Double,
    _ busyDeadline: BusyDeadline
  ) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.maximumReaderCount = readers
    configuration.busyMode = .callback { _ in busyDeadline.sleep() }
    configuration.prepareDatabase { connection in
      try connection.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      guard connection.configuration.readonly else { return }
      try connection.execute(sql: "PRAGMA busy_timeout = \(Int(busySeconds * 1000))")
    }
    while true {
      do {
        let pool = try DatabasePool(path: path, configuration: configuration)
        try commitDurably(pool)
        return pool
      } catch let error as GRDB.DatabaseError where error.resultCode == .SQLITE_BUSY && busyDeadline.sleep() {
        continue
      }
    }
  }

  /// Sets `synchronous` to FULL; GRDB's pool sets it to NORMAL after the preparation of the connection.
  ///
  /// Source: https://www.sqlite.org/pragma.html#pragma_synchronous
  static func commitDurably(_ pool: DatabasePool) throws {
    try pool.writeWithoutTransaction { connection in
      try connection.execute(sql: "PRAGMA synchronous = FULL")
      guard try Int.fetchOne(connection, sql: "PRAGMA synchronous") == 2 else {
        throw DatabaseError.unexpected(detail: "commits cannot be made durable: synchronous stays below FULL")
      }
    }
  }
}
