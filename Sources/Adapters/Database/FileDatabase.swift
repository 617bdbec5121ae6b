public import Core
internal import Foundation

/// The database of users, files and jobs, which many processes share: one SQLite file, or a PostgreSQL server.
///
/// Every call blocks, and any thread may call. A call that writes returns after its changes are durable. A call throws
/// `unavailable` if other writers hold the database until the timeout, or if the server does not answer. Times have a
/// precision of one millisecond.
public final class FileDatabase: Sendable {
  private let engine: any Engine
  /// The plan and quota of users whose record is created here.
  let newUsers: AccountDefaults
  /// The rule by which files are deleted by age.
  let retention: RetentionRule

  /// Opens the database, creates its tables if necessary, and upgrades them to the newest schema version.
  ///
  /// New users get the plan and quota of `newUsers`. `retention` decides about tags and the notice after a restore.
  /// `busySeconds` limits the wait of one call for other writers and for the server. `readers` is the maximum number of
  /// concurrent reads; on PostgreSQL, of connections.
  public init(
    _ location: DatabaseLocation,
    newUsers: AccountDefaults = AccountDefaults(),
    retention: RetentionRule = RetentionRule(),
    busySeconds: Double = 5,
    readers: Int = 8
  ) throws(StorageError) {
    self.newUsers = newUsers
    self.retention = retention
    do {
      engine =
        switch location {
        case .sqlite(let path): try SQLiteEngine(path: path, busySeconds: busySeconds, readers: readers)
        case .postgresql(let server):
          try PostgreSQLEngine(server, busySeconds: busySeconds, connections: readers)
        }
    } catch {
      throw StorageError(DatabaseError(error))
    }
  }

  /// Opens the SQLite file at `path`, whose folder must exist.
  public convenience init(
    path: String,
    newUsers: AccountDefaults = AccountDefaults(),
    retention: RetentionRule = RetentionRule(),
    busySeconds: Double = 5,
    readers: Int = 8
  ) throws(StorageError) {
    try self.init(
      .sqlite(path: path),
      newUsers: newUsers,
      retention: retention,
      busySeconds: busySeconds,
      readers: readers
    )
  }

  /// Runs `body` in one transaction, so that all reads see the same snapshot; `body` may run more than once.
  func read<Value>(_ body: (any Connection) throws -> Value) throws(StorageError) -> Value {
    do {
      return try engine.read(body)
    } catch {
      throw StorageError(DatabaseError(error))
    }
  }

  /// Commits the changes of `body`, possibly together with other writes.
  ///
  /// `body` may run more than once, so it must have no effects outside the database.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Value
  ) throws(StorageError) -> Value {
    do throws(DatabaseError) {
      return try engine.write(body)
    } catch {
      throw StorageError(error)
    }
  }

  /// Returns a watch for commits by any process of this node; nil if there is none.
  public func changeWatch() -> ChangeWatch? { engine.changeWatch() }

  /// The number of writes that wait for the next transaction.
  var waitingWrites: Int { engine.waitingWrites }
}
