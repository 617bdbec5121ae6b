import Core
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Database

@Suite(.sqliteAlone) struct CommitQueueTests {
  let fixture: DatabaseFixture
  let database: FileDatabase

  init() throws {
    fixture = try DatabaseFixture()
    database = fixture.database
    try database.raw("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL)")
  }

  private func notes() throws -> [String] { try database.raw("SELECT id FROM notes ORDER BY id") }

  @Test func `a failed write does not fail other writes of its group`() throws {
    let group = Group(database)
    try group.run([
      { connection in _ = try connection.text("INSERT INTO notes VALUES (1, 'kept')") },
      { connection in
        _ = try connection.text("INSERT INTO notes VALUES (2, 'rolled back')")
        _ = try connection.text("INSERT INTO notes VALUES (3, NULL)")
      },
      { connection in _ = try connection.text("INSERT INTO notes VALUES (4, 'kept')") },
    ])
    #expect(try notes() == ["1", "4"])
    #expect(group.failures == [1])
  }

  @Test func `a full disk fails only the write that hits it`() throws {
    let pages = try #require(try database.raw("PRAGMA page_count").first)
    try database.raw("PRAGMA max_page_count = \(pages)")
    let long = String(repeating: "x", count: 1 << 20)
    let group = Group(database)
    try group.run([
      { connection in _ = try connection.text("INSERT INTO notes VALUES (1, 'kept')") },
      { connection in _ = try connection.text("INSERT INTO notes VALUES (2, '\(long)')") },
      { connection in _ = try connection.text("INSERT INTO notes VALUES (3, 'kept')") },
    ])
    #expect(try notes() == ["1", "3"])
    #expect(group.failures == [1])
    #expect(group.errors == [StorageError(DatabaseError.full)])
  }

  @Test func `a completed write is visible to every other process`() throws {
    let user = try fixture.makeUser(quota: 1_000_000)
    try onThreads(4) { _ in
      let mine = try fixture.another()
      for _ in 0..<20 {
        let file = try mine.makePending(user)
        #expect(try database.file(file) != nil)
      }
    }
    #expect(try database.quota(user) == [0, 8000])
  }

  @Test func `the log is copied into the database before it grows large`() throws {
    let text = String(repeating: "x", count: 40_000)
    for id in 0..<(2 * Checkpoints.interval) {
      try database.raw("INSERT INTO notes VALUES (\(id), '\(text)')")
    }
    let log = try FileManager.default.attributesOfItem(atPath: fixture.path + "-wal")
    let length = try #require(log[.size] as? Int)
    #expect(length < 60_000 * Checkpoints.interval)
    #expect(try notes().count == 2 * Checkpoints.interval)
  }
}

/// A group of writes that one transaction carries out: they wait while another write runs.
private final class Group: Sendable {
  typealias Body = @Sendable (any Connection) throws -> Void

  private let database: FileDatabase
  private let outcome = Mutex<[(index: Int, error: StorageError)]>([])

  init(_ database: FileDatabase) { self.database = database }

  /// The indices of the writes that failed.
  var failures: [Int] { outcome.withLock { $0.map(\.index).sorted() } }

  var errors: [StorageError] { outcome.withLock { $0.map(\.error) } }

  func run(_ bodies: [Body]) throws {
    let isHeld = DispatchSemaphore(value: 0)
    try onThreads(bodies.count + 1) { [self] index in
      guard index < bodies.count else {
        return try database.write { [self] _ in
          isHeld.signal()
          while database.waitingWrites < bodies.count { usleep(1000) }
        }
      }
      isHeld.wait()
      isHeld.signal()
      do {
        try database.write(bodies[index])
      } catch let error as StorageError {
        outcome.withLock { $0.append((index, error)) }
      }
    }
  }
}
