import Core
import Database
import Foundation
import Synchronization
import TestSupport
import Testing

/// A private database, which is deleted with the value: a file in a temporary folder, or on PostgreSQL if
/// script/postgresql runs the tests.
final class DatabaseFixture: Sendable {
  let folder: URL
  let path: String
  let location: DatabaseLocation
  let database: FileDatabase
  private let server: PostgreSQLDatabase?
  /// The user "ann", who has a row if `init` got a quota.
  let user: UserID

  /// The start time of the tests.
  static let epoch = Date(timeIntervalSince1970: 1_800_000_000)

  /// A database with all tables, of which each test gets a copy: that takes a tenth of the time.
  private static let template = Result {
    let template = try PostgreSQLDatabase(on: #require(PostgreSQLDatabase.server))
    _ = try FileDatabase(.postgresql(PostgreSQLServer(url: Secret(template.url))))
    // The server copies no database to which a connection is still open.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in 0..<100 where try template.execute(open) != "0\n" { usleep(20_000) }
    return template
  }

  /// Creates the database, and with a `quota` in bytes also the user.
  init(quota: Int64? = nil) throws {
    user = try #require(UserID("ann"))
    folder = FileManager.default.temporaryDirectory.appending(path: "stowage-database-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: "stowage.db").path
    server = try PostgreSQLDatabase.server.map { try PostgreSQLDatabase(on: $0, copying: Self.template.get().name) }
    // Tests make 100,000 rows in one statement, beside other tests.
    location =
      server.map { .postgresql(PostgreSQLServer(url: Secret($0.url), answerSeconds: 300)) } ?? .sqlite(path: path)
    database = try FileDatabase(location)
    if let quota { try makeUser(quota: quota) }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Opens the same database a second time, with separate connections.
  func another(busySeconds: Double = 30) throws -> FileDatabase {
    try FileDatabase(location, busySeconds: busySeconds)
  }

  /// The URL of the database on PostgreSQL.
  var url: String? { server?.url }

  /// Runs SQL on PostgreSQL over a separate connection.
  func onServer(_ sql: String) throws { try server?.execute(sql) }

  /// The path of PostgreSQL's socket.
  func socket() throws -> URL {
    let folder = try #require(url?.firstMatch(of: /[?&]host=([^&]+)/)?.1)
    return URL(filePath: "\(folder)/.s.PGSQL.5432")
  }

  @discardableResult
  func makeUser(_ name: String = "ann", quota: Int64 = 1000) throws -> UserID {
    let user = try #require(UserID(name))
    _ = try database.user(user, plan: .standard, quotaBytes: quota, at: Self.epoch)
    return user
  }
}

extension Trait where Self == ConditionTrait {
  /// The tests look at connections to a server.
  static var postgresqlAlone: Self { .enabled(if: PostgreSQLDatabase.server != nil, "it needs script/postgresql") }

  /// The tests look at an SQLite file, so they say nothing about PostgreSQL.
  ///
  /// script/test runs the same suites on SQLite, too, and skips nothing there.
  static var sqliteAlone: Self { .disabled(if: PostgreSQLDatabase.server != nil, "it looks at SQLite's file") }
}

/// A suite whose tests share the names of a fixture.
protocol DatabaseSuite {
  var fixture: DatabaseFixture { get }
}

extension DatabaseSuite {
  var database: FileDatabase { fixture.database }
  var user: UserID { fixture.user }
  var now: Date { DatabaseFixture.epoch }
}

extension FileDatabase {
  /// Creates a pending file of this size, presigned at `now` for 900 s.
  func makePending(_ user: UserID, size: Int64 = 100, at now: Date = DatabaseFixture.epoch) throws -> FileID {
    let upload = try newUpload(user, size: size, at: now)
    try #require(reserve(upload, at: now) == .reserved)
    return upload.key.file
  }

  /// Receives and publishes a pending file.
  func makeReady(_ file: FileID, of user: UserID, at now: Date = DatabaseFixture.epoch) throws {
    _ = try receive(file, at: now)
    let job = try #require(try leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try publish(publication(of: file, user), under: job, at: now))
    try #require(try finish(job, at: now))
  }

  func record(_ file: FileID) throws -> FileRecord { try #require(try self.file(file)) }

  func quota(_ user: UserID) throws -> [Int64] {
    let record = try #require(try self.user(user))
    return [record.usedBytes, record.reservedBytes]
  }
}

func newUpload(_ user: UserID, size: Int64 = 100, at now: Date = DatabaseFixture.epoch) throws -> NewUpload {
  let claim = try UploadClaim(
    filename: "photo.jpg",
    size: size,
    contentType: "image/jpeg",
    visibility: "public",
    policy: UploadPolicy()
  )
  let key = RawKey(user: user, file: FileID(at: now), type: .jpeg)
  return NewUpload(key: key, claim: claim, expiresAt: now + 900)
}

func digest(_ digit: Character = "a") throws -> SHA256Digest {
  try #require(SHA256Digest(hexadecimal: String(repeating: digit, count: 64)))
}

func variants(of file: FileID, _ user: UserID, version digit: Character = "a") throws -> [Variant] {
  try VariantSpecification.defaults.map { specification in
    let key = try ProcessedKey(
      user: user,
      file: file,
      version: VariantVersion(prefixOf: digest(digit)),
      name: specification.name,
      type: specification.types(for: .jpeg)[0]
    )
    return Variant(key: key, width: 150, height: 150, size: 4000)
  }
}

func publication(of file: FileID, _ user: UserID, size: Int64 = 100) throws -> Publication {
  try Publication(versionID: "v1", size: size, sha256: digest(), variants: variants(of: file, user))
}

/// Runs `body` on `count` threads and waits for all of them; throws the first error.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let failure = Mutex<(any Error)?>(nil)
  let shared = Shared(failure: failure)
  let ended = DispatchSemaphore(value: 0)
  for index in 0..<count {
    Thread.detachNewThread {
      do { try body(index) } catch { shared.fail(error) }
      ended.signal()
    }
  }
  for _ in 0..<count { ended.wait() }
  if let error = shared.error { throw error }
}

private final class Shared: Sendable {
  private let failure: Mutex<(any Error)?>
  init(failure: consuming Mutex<(any Error)?>) { self.failure = failure }
  var error: (any Error)? { failure.withLock { $0 } }
  func fail(_ error: any Error) { failure.withLock { $0 = $0 ?? error } }
}
