internal import GRDB

/// One SQLite file that the processes of one node share.
///
/// Writes of one process that wait at the same time are committed together.
struct SQLiteEngine: Engine {
  private let path: String
  private let pool: DatabasePool
  private let commits: CommitQueue

  /// Opens the file at `path`, creates it if necessary, and upgrades its tables to the newest schema version.
  ///
  /// The folder must exist. `busySeconds` limits the wait of one call for other writers. `readers` is the maximum
  /// number of concurrent reads.
  init(path: String, busySeconds: Double, readers: Int) throws {
    self.path = path
    let timeout = Duration.seconds(busySeconds)
    let busyDeadline = BusyDeadline(ContinuousClock.now + timeout)
    pool = try Self.open(path, readers: readers, busySeconds: busySeconds, busyDeadline)
    if try pool.read(Migrator.version) != Schema.newest { try pool.write(Migrator.migrate) }
    commits = CommitQueue(pool: pool, busyDeadline: busyDeadline, busyTimeout: timeout, checkpoints: Checkpoints())
  }

  func read<Value>(_ body: (any Connection) throws -> Value) throws -> Value { try pool.read(body) }

  func write<Value: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Value
  ) throws(DatabaseError) -> Value {
    try commits.write(body)
  }

  func changeWatch() -> ChangeWatch? { ChangeWatch(database: path) }

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
