internal import Core
internal import Foundation
internal import GRDB

/// The tree and the bucket of a migration.
public struct LedgerIdentity: Hashable, Sendable {
  /// The absolute path of the tree's root, as bytes.
  public let tree: [UInt8]
  /// The device number of the root; it can change when the machine starts again.
  public let device: UInt64
  /// The inode number of the root.
  public let inode: UInt64
  /// The address of the store.
  public let endpoint: String
  /// The name of the bucket.
  public let bucket: String

  /// Creates the identity of a migration.
  public init(tree: [UInt8], device: UInt64, inode: UInt64, endpoint: String, bucket: String) {
    self.tree = tree
    self.device = device
    self.inode = inode
    self.endpoint = endpoint
    self.bucket = bucket
  }
}

/// The ledger of a migration: one SQLite file with a row for each file of a tree.
///
/// Every call blocks, and any thread may call. A call that writes returns after its changes are durable. Writes of
/// several threads that wait at the same time are committed together. Only one process at a time can write.
///
/// ```swift
/// let ledger = try MigrationLedger(path: "/var/lib/stowage/uploads.ledger", for: identity)
/// let run = try ledger.beginRun("run", options: "{}", at: .now)
/// for row in try ledger.rows(in: .found, after: 0, limit: 1000) { try ledger.record(.begun, of: row.id, run: run) }
/// ```
public final class MigrationLedger: Sendable {
  /// The path of the ledger's file.
  public let path: String
  private let pool: DatabasePool
  private let commits: CommitQueue
  private let lock: LedgerLock?

  /// Opens the ledger at `path` for writing, and creates it if it does not exist; the folder must exist.
  ///
  /// Throws `inUse` if another process writes the ledger, and `otherTree`, `movedTree` or `otherBucket` if it belongs to
  /// another migration. `acceptsMovedTree` records the given folder instead of throwing `movedTree` or `otherTree`.
  public convenience init(
    path: String,
    for identity: LedgerIdentity,
    acceptsMovedTree: Bool = false
  ) throws(LedgerError) {
    try Self.requireFile(path)
    let lock = try LedgerLock(ledger: path)
    try Self.makePrivate(path)
    try self.init(path: path, lock: lock)
    try write { connection in
      try LedgerSchema.migrate(connection)
      try Self.identify(connection, identity, acceptsMovedTree: acceptsMovedTree)
    }
  }

  /// Opens the ledger at `path` for reading, also while another process writes it.
  public convenience init(reading path: String) throws(LedgerError) {
    guard try Self.requireFile(path) else { throw .missing(path: path) }
    try self.init(path: path, lock: nil)
    let known = Int64(LedgerSchema.versions.count)
    let found = try read { connection in try Int64.fetchOne(connection, sql: "PRAGMA user_version") ?? 0 }
    guard found <= known else { throw .tooNew(found: found, known: known) }
    guard found > 0 else { throw .damaged(path: path, detail: "it has no tables") }
  }

  /// Copies the ledger at `source` to `path`, also while another process writes it; does nothing without a ledger.
  ///
  /// The copy has the state after the last commit of the ledger.
  public static func copy(_ source: String, to path: String) throws(LedgerError) {
    guard try requireFile(source) else { return }
    let ledger = try MigrationLedger(reading: source)
    try makePrivate(path)
    do {
      let target = try DatabaseQueue(path: path)
      try ledger.pool.backup(to: target)
      try target.close()
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  private init(path: String, lock: LedgerLock?) throws(LedgerError) {
    var configuration = Configuration()
    configuration.maximumReaderCount = 4
    configuration.readonly = lock == nil
    let deadline = BusyDeadline(ContinuousClock.now + .seconds(5))
    configuration.busyMode = .timeout(5)
    // A walk inserts paths in the order of the disk: the pages of the indices must stay in memory (32 MB). A longer log
    // (32 MB) writes a page of an index once that several transactions change.
    configuration.prepareDatabase { connection in
      guard !connection.configuration.readonly else { return }
      try connection.execute(sql: "PRAGMA cache_size = -32768")
      try connection.execute(sql: "PRAGMA wal_autocheckpoint = 8192")
    }
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      if lock != nil { try SQLiteEngine.commitDurably(pool) }
    } catch {
      throw LedgerError(error, path: path)
    }
    commits = CommitQueue(pool: pool, busyDeadline: deadline, busyTimeout: .seconds(5), checkpoints: Checkpoints())
    self.path = path
    self.lock = lock
  }

  /// The process that writes the ledger, which may be this one: nil if there is none, 0 if its number is unknown.
  public var writer: Int32? { LedgerLock.holder(ofLedger: path) }

  /// Returns true if there is a ledger at `path`, and false if there is nothing.
  ///
  /// Throws `noFile` for a pipe, which SQLite would wait for, a folder and the like.
  @discardableResult
  public static func requireFile(_ path: String) throws(LedgerError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
      return false
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return true
    case S_IFDIR: throw .noFile(path: path, kind: "a folder")
    case S_IFIFO: throw .noFile(path: path, kind: "a named pipe")
    case S_IFSOCK: throw .noFile(path: path, kind: "a socket")
    default: throw .noFile(path: path, kind: "a device")
    }
  }

  /// The tree and the bucket of the ledger.
  public func identity() throws(LedgerError) -> LedgerIdentity {
    try read { connection in
      guard let known = try Self.identity(connection) else {
        throw LedgerError.damaged(path: self.path, detail: "it names no tree")
      }
      return known
    }
  }

  /// Runs `body` in one read transaction.
  func read<Value>(_ body: (GRDB.Database) throws -> Value) throws(LedgerError) -> Value {
    do {
      return try pool.read(body)
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  /// Runs `body` once in a separate transaction and commits it.
  func write<Value>(_ body: (GRDB.Database) throws -> Value) throws(LedgerError) -> Value {
    do {
      return try pool.write(body)
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  /// Commits the changes of `body`, possibly together with writes of other threads; `body` may run more than once.
  func commit<Value: Sendable>(
    _ body: @escaping @Sendable (GRDB.Database) throws -> Value
  ) throws(LedgerError) -> Value {
    do {
      return try commits.write(body)
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  /// Creates the file so that only its owner can read the names of the users' files.
  private static func makePrivate(_ path: String) throws(LedgerError) {
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file < 0 else {
      close(file)
      return
    }
    guard errno == EEXIST else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
  }

  private static func identity(_ connection: GRDB.Database) throws -> LedgerIdentity? {
    try connection.first(LedgerStatement.identity, [:]).map { row in
      try LedgerIdentity(
        tree: [UInt8](row.bytes("tree")),
        device: UInt64(bitPattern: row.integer("device")),
        inode: UInt64(bitPattern: row.integer("inode")),
        endpoint: row.text("endpoint"),
        bucket: row.text("bucket")
      )
    }
  }

  /// Compares `given` with the recorded identity and records it.
  ///
  /// The inode decides together with the path or the device: device numbers can change when the machine starts.
  private static func identify(
    _ connection: GRDB.Database,
    _ given: LedgerIdentity,
    acceptsMovedTree: Bool
  ) throws {
    if let known = try identity(connection) {
      guard (known.endpoint, known.bucket) == (given.endpoint, given.bucket) else {
        throw LedgerError.otherBucket(
          recorded: "\(known.bucket) at \(known.endpoint)",
          given: "\(given.bucket) at \(given.endpoint)"
        )
      }
      let isSame = known.inode == given.inode && (known.tree == given.tree || known.device == given.device)
      guard isSame || acceptsMovedTree else {
        let names = [known.tree, given.tree].map { Wording.printable(String(decoding: $0, as: UTF8.self)) }
        throw known.tree == given.tree
          ? LedgerError.movedTree(path: names[0]) : LedgerError.otherTree(recorded: names[0], given: names[1])
      }
      if known == given { return }
    }
    try connection.run(
      LedgerStatement.identify,
      [
        "tree": Data(given.tree), "device": Int64(bitPattern: given.device), "inode": Int64(bitPattern: given.inode),
        "endpoint": given.endpoint, "bucket": given.bucket,
      ]
    )
  }
}
