import Core
import Database
import Foundation
import Testing

/// Another process with the same file open: Python's SQLite, without any code of Stowage.
private final class OtherProcess {
  static let python = "/usr/bin/python3"
  private let process = Process()
  private let output = Pipe()

  /// Runs `script` with the database open as `db`, until it prints a line.
  init(_ script: String, on path: String) throws {
    let opening = "import sqlite3, sys, time; db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    process.executableURL = URL(filePath: Self.python)
    process.arguments = ["-u", "-c", opening + script, path]
    process.standardOutput = output
    try process.run()
    try #require(output.fileHandleForReading.availableData.isEmpty == false)
  }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { if process.isRunning { kill() } }
}

@Suite(
  .sqliteAlone,
  .enabled(if: FileManager.default.isExecutableFile(atPath: OtherProcess.python), "python3 is not installed")
)
struct ProcessTests {
  private static let hold = """
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE users SET used_bytes = used_bytes + 1000000")
    print("held")
    """

  @Test func `a write waits for another process, then succeeds`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser()
    let other = try OtherProcess(Self.hold + "\ntime.sleep(0.3); db.rollback()", on: fixture.path)
    _ = try fixture.another().makePending(user)
    #expect(try fixture.database.quota(user) == [0, 100])
    other.kill()
  }

  @Test func `a write blocked by another process is busy at its deadline, and leaves nothing`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser()
    let impatient = try fixture.another(busySeconds: 0.2)
    let other = try OtherProcess(Self.hold + "\ntime.sleep(60)", on: fixture.path)
    #expect(throws: StorageError(DatabaseError.busy)) { try impatient.makePending(user) }
    #expect(try impatient.quota(user) == [0, 0])
    other.kill()
    _ = try impatient.makePending(user)
    #expect(try impatient.quota(user) == [0, 100])
  }

  // Bytes 123 to 127 of the shared memory are the readers' locks: https://www.sqlite.org/walformat.html#wal_locks
  @Test func `a read blocked by another process is busy, and not a defect`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser()
    let hold = """
      import fcntl
      shared = open(sys.argv[1] + "-shm", "r+b")
      fcntl.lockf(shared, fcntl.LOCK_EX, 5, 123)
      print("held")
      time.sleep(600)
      """
    let other = try OtherProcess(hold, on: fixture.path)
    #expect(throws: StorageError(DatabaseError.busy)) { try fixture.another(busySeconds: 0.2).user(user) }
    other.kill()
    #expect(try fixture.another().quota(user) == [0, 0])
  }

  @Test func `a process killed in the middle of a write leaves nothing of it`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser()
    let other = try OtherProcess(Self.hold + "\ntime.sleep(60)", on: fixture.path)
    other.kill()
    _ = try fixture.another().makePending(user)
    #expect(try fixture.database.quota(user) == [0, 100])
    #expect(try fixture.database.recountQuotas().isEmpty)
  }
}
