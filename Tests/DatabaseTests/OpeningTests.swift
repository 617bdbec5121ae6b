import Core
import Foundation
import GRDB
import Testing

@testable import Database

@Suite(.sqliteAlone) struct OpeningTests {
  @Test func `a file that is no database is refused and left unchanged`() throws {
    let fixture = try DatabaseFixture()
    let path = fixture.folder.appending(path: "letter.db")
    let letter = Data(String(repeating: "Dear Sir or Madam, ", count: 100).utf8)
    try letter.write(to: path)
    let error = #expect(throws: StorageError.self) { try FileDatabase(path: path.path) }
    guard case .unexpected = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try Data(contentsOf: path) == letter)
  }

  @Test func `a missing folder is refused`() throws {
    #expect(throws: StorageError.self) { try FileDatabase(path: "/nonexistent/stowage.db") }
  }

  @Test func `a database of a newer program is refused`() throws {
    let fixture = try DatabaseFixture()
    let newer = Schema.newest + 1
    try fixture.database.raw("INSERT INTO schema_versions (version, applied_at) VALUES (\(newer), 0)")
    #expect(throws: StorageError(DatabaseError.schemaTooNew(found: newer, known: Schema.newest))) {
      try fixture.another()
    }
  }

  @Test func `a database of an older program is migrated, with all its rows`() throws {
    let fixture = try DatabaseFixture()
    let path = fixture.folder.appending(path: "old.db").path
    let statements =
      [Schema.bookkeeping] + Schema.versions[0] + [
        "INSERT INTO schema_versions (version, applied_at) VALUES (1, 0)",
        "INSERT INTO users (id, plan, quota_bytes, reserved_bytes, created_at) VALUES ('ann', 'standard', 100, 1, 0)",
        """
        INSERT INTO files (id, user_id, filename, content_type, claimed_size, visibility, state, raw_key, held_bytes,
          created_at, expires_at)
        VALUES ('0190163d-8694-739b-aea5-966c26f8ad91', 'ann', 'GROẞE Übung.jpg', 'image/jpeg', 1, 'public', 'pending', 'k', 1, 0, 0)
        """,
        """
        INSERT INTO jobs (kind, file_id, state, due_at, lease_token, again, attempts, failures, last_error, created_at)
        VALUES ('process', '0190163d-8694-739b-aea5-966c26f8ad91', 'leased', 5000, 'abc', 1, 3, 2, 'why', 7)
        """,
      ]
    let old = try DatabaseQueue(path: path)
    try old.write { connection in for statement in statements { try connection.execute(sql: statement) } }
    try old.close()
    let file = try #require(FileID("0190163d-8694-739b-aea5-966c26f8ad91"))
    let job = try #require(try FileDatabase(path: path).job(.process, of: file))
    #expect(job.state == .leased && job.dueAt == Date(timeIntervalSince1970: 5) && job.runsAgain)
    #expect(job.attempts == 3 && job.failures == 2 && job.lastError == "why")
    let render = try FileDatabase(path: path).leaseJob(.render, of: file, seconds: 1, at: .now)
    #expect(render?.file == file)
    let user = try #require(UserID("ann"))
    let found = try FileDatabase(path: path).files(of: user, FileFilter(name: "grosse ü"))
    #expect(found.files.map(\.id) == [file], "names of before are found like others")
    #expect(try FileDatabase(path: path).abort(file, of: user))
    let watched = try FileDatabase(path: path).watchedFiles(at: Date(timeIntervalSince1970: 0))
    #expect(watched.map(\.id) == [file], "nobody has looked at files of before since their URLs ended")
  }

  @Test func `of many that open a new database at once all find it complete`() throws {
    let fixture = try DatabaseFixture()
    for round in 0..<10 {
      let path = fixture.folder.appending(path: "new\(round).db").path
      try onThreads(8) { index in
        let database = try FileDatabase(path: path, busySeconds: 30)
        let user = try #require(UserID("user\(index)"))
        _ = try database.user(user, plan: .premium, quotaBytes: 10, at: DatabaseFixture.epoch)
      }
      let database = try FileDatabase(path: path)
      for index in 0..<8 {
        let user = try #require(UserID("user\(index)"))
        #expect(try database.user(user)?.plan == .premium)
      }
    }
  }

  @Test func `commits wait for the disk, and no connection checkpoints while others write`() throws {
    let fixture = try DatabaseFixture()
    let settings = try ["synchronous", "journal_mode", "wal_autocheckpoint", "foreign_keys"].flatMap { name in
      try fixture.database.raw("PRAGMA \(name)")
    }
    #expect(settings == ["2", "wal", "0", "1"])
  }

  @Test func `stored rows are there after opening again`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser()
    let file = try fixture.database.makePending(user)
    let again = try fixture.another()
    #expect(try again.file(file) == fixture.database.file(file))
    #expect(try again.record(file).filename == "photo.jpg")
  }

  @Test func `errors become messages for a client or for the log`() {
    #expect(StorageError(.busy) == .unavailable(detail: "database: busy"))
    #expect(StorageError(.unexpected(detail: "x")) == .unexpected(detail: "database: x"))
  }
}
