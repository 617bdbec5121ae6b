import Core
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Database

@Suite(.sqliteAlone) struct LedgerOpeningTests {
  let fixture: LedgerFixture

  init() throws { fixture = try LedgerFixture() }

  @Test func `a ledger is private, and remembers its tree and bucket`() throws {
    let identity = LedgerFixture.identity()
    #expect(try fixture.open().identity() == identity)
    let mode = try FileManager.default.attributesOfItem(atPath: fixture.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try MigrationLedger(reading: fixture.path).identity() == identity)
  }

  @Test func `a second migration of the tree is refused, and names the process of the first`() throws {
    let first = try fixture.open()
    #expect(throws: LedgerError.inUse(path: fixture.path, process: getpid())) { try fixture.open() }
    #expect(try MigrationLedger(reading: fixture.path).totals()[.found] == LedgerTotal())
    withExtendedLifetime(first) {}
  }

  @Test func `a ledger of another tree or bucket is refused with both names`() throws {
    _ = try fixture.open()
    #expect(throws: LedgerError.otherTree(recorded: "/uploads", given: "/other")) {
      try fixture.open(LedgerFixture.identity(tree: "/other", inode: 3))
    }
    #expect(throws: LedgerError.movedTree(path: "/uploads")) {
      try fixture.open(LedgerFixture.identity(device: 4, inode: 5))
    }
    let other = LedgerFixture.identity(bucket: "elsewhere")
    let error = #expect(throws: LedgerError.self) { try fixture.open(other, acceptsMovedTree: true) }
    #expect(error?.description.contains("uploads-raw at http://127.0.0.1:8333, not to elsewhere") == true)
  }

  @Test func `a restart, another mount point and a stated move are the same tree`() throws {
    _ = try fixture.open()
    _ = try fixture.open(LedgerFixture.identity(device: 9))
    _ = try fixture.open(LedgerFixture.identity(tree: "/mnt/uploads", device: 9))
    let moved = LedgerFixture.identity(tree: "/new", device: 10, inode: 11)
    _ = try fixture.open(moved, acceptsMovedTree: true)
    #expect(try fixture.open(moved).identity() == moved)
  }

  @Test func `a pipe, a folder, a socket and a device are refused, and no pipe is waited for`() throws {
    let pipe = fixture.folder.file("pipe")
    mkfifo(pipe, 0o600)
    for (path, kind) in [(pipe, "a named pipe"), (fixture.folder.path, "a folder"), ("/dev/null", "a device")] {
      let refusal = LedgerError.noFile(path: path, kind: kind)
      #expect(throws: refusal) { try MigrationLedger(reading: path) }
      #expect(throws: refusal) { try MigrationLedger(path: path, for: LedgerFixture.identity()) }
      #expect(throws: refusal) { try MigrationLedger.copy(path, to: fixture.folder.file("copy")) }
    }
    #expect(!FileManager.default.fileExists(atPath: pipe + ".lock"), "the refusal leaves nothing behind")
    #expect(throws: LedgerError.missing(path: fixture.path)) { try MigrationLedger(reading: fixture.path) }
  }

  @Test func `a reader sees which process writes the ledger`() throws {
    var ledger: MigrationLedger? = try fixture.open()
    let reader = try MigrationLedger(reading: fixture.path)
    #expect(ledger?.writer == getpid() && reader.writer == getpid())
    ledger = nil
    #expect(reader.writer == nil)
  }

  @Test func `the database of another program is refused, and stays as it is`() throws {
    let path = fixture.folder.file("other.sqlite")
    let other = try FileDatabase(path: path)
    let error = #expect(throws: LedgerError.self) {
      try MigrationLedger(path: path, for: LedgerFixture.identity())
    }
    #expect(error?.description.contains("the database of another program") == true)
    #expect(try other.users(limit: 1).isEmpty)
  }

  @Test func `a missing, a damaged and a newer ledger have different sentences`() throws {
    #expect(throws: LedgerError.missing(path: fixture.path)) { try MigrationLedger(reading: fixture.path) }
    let ledger = try fixture.open()
    try ledger.write { connection in try connection.execute(sql: "PRAGMA user_version = 99") }
    #expect(throws: LedgerError.tooNew(found: 99, known: Int64(LedgerSchema.versions.count))) {
      try MigrationLedger(reading: fixture.path)
    }
    try fixture.folder.write(Array(repeating: 65, count: 5000), to: "text.ledger")
    let error = #expect(throws: LedgerError.self) {
      try MigrationLedger(path: fixture.folder.file("text.ledger"), for: LedgerFixture.identity())
    }
    guard case .damaged? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(throws: LedgerError.unusable(path: "/nowhere/l", reason: "No such file or directory")) {
      try MigrationLedger(path: "/nowhere/l", for: LedgerFixture.identity())
    }
  }

  @Test func `a full disk is reported as such, and the ledger keeps everything before`() throws {
    let ledger = try fixture.open()
    try fixture.walk(ledger, [fixture.sighting("kept")])
    let pages = try ledger.read { connection in try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0 }
    try ledger.write { connection in try connection.execute(sql: "PRAGMA max_page_count = \(pages)") }
    let many = (0..<5000).map { fixture.sighting("folder/file \($0)") }
    #expect(throws: LedgerError.full(path: fixture.path)) { try fixture.walk(ledger, many) }
    #expect(try ledger.totals()[.found] == LedgerTotal(files: 1, bytes: 10))
    #expect(try fixture.row(ledger, "kept").state == .found)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "python3 is not installed"))
  func `after kill -9 in a transaction the ledger opens with all that was committed`() throws {
    do {
      let ledger = try fixture.open()
      try fixture.walk(ledger, [fixture.sighting("a")])
      try ledger.record(.begun, of: fixture.row(ledger, "a").id, run: 1)
    }
    let script = """
      import fcntl, os, sqlite3, sys, time
      lock = open(sys.argv[1] + ".lock", "r+")
      fcntl.flock(lock, fcntl.LOCK_EX)
      lock.truncate(0); lock.write(str(os.getpid()) + "\\n"); lock.flush()
      db = sqlite3.connect(sys.argv[1], isolation_level=None)
      db.execute("BEGIN IMMEDIATE")
      db.execute("UPDATE files SET state = 'verified'")
      print("held", flush=True)
      time.sleep(600)
      """
    let child = Process()
    child.executableURL = URL(filePath: "/usr/bin/python3")
    child.arguments = ["-u", "-c", script, fixture.path]
    let output = Pipe()
    child.standardOutput = output
    try child.run()
    try #require(!output.fileHandleForReading.availableData.isEmpty)
    let id = child.processIdentifier
    #expect(throws: LedgerError.inUse(path: fixture.path, process: id)) { try fixture.open() }
    kill(id, SIGKILL)
    child.waitUntilExit()
    let ledger = try fixture.open()
    #expect(try fixture.row(ledger, "a").state == .begun)
    #expect(try ledger.totals()[.begun] == LedgerTotal(files: 1, bytes: 10))
  }
}
