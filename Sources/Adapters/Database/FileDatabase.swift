public import Core
internal import Foundation
internal import GRDB

/// The facts about users, their files and the work on them, in one SQLite file that many processes share.
///
/// Every call blocks and may be made from any thread. A call that writes returns when what it wrote is durable;
/// waiting writes of one process are committed together. A call gives up as `busy` when other writers hold the database
/// past the time-out. Times are kept to the millisecond.
public final class FileDatabase: Sendable {
  private let pool: DatabasePool
  private let commits: CommitQueue

  /// Opens the database at `path`, makes it where there is none, and brings its tables to this program's version.
  ///
  /// The folder must exist. `busySeconds` is how long one call waits for other writers; `readers` is how many reads
  /// go on at once.
  public init(path: String, busySeconds: Double = 5, readers: Int = 8) throws(StorageError) {
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

  /// Runs `body` on a reader, in a transaction of its own: all that it reads is of one moment.
  func read<Value>(_ body: (Connection) throws -> Value) throws(StorageError) -> Value {
    do {
      return try pool.read(body)
    } catch {
      throw StorageError(DatabaseError(error))
    }
  }

  /// Commits `body`, perhaps with others; `body` may run more than once, so it must not reach outside.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> Value
  ) throws(StorageError) -> Value {
    do throws(DatabaseError) {
      return try commits.write(body)
    } catch {
      throw StorageError(error)
    }
  }

  /// How many writes wait for the next transaction.
  var waitingWrites: Int { commits.waitingCount }

  /// Opening again where it was busy: changing to WAL answers so without asking the busy handler.
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

  /// GRDB's pool sets `synchronous` to NORMAL after it prepared the connection, so FULL is set again here.
  ///
  /// Source: https://www.sqlite.org/pragma.html#pragma_synchronous
  private static func commitDurably(_ pool: DatabasePool) throws {
    try pool.writeWithoutTransaction { connection in
      try connection.execute(sql: "PRAGMA synchronous = FULL")
      guard try Int.fetchOne(connection, sql: "PRAGMA synchronous") == 2 else {
        throw DatabaseError.unexpected(detail: "commits cannot be made durable: synchronous stays below FULL")
      }
    }
  }
}
