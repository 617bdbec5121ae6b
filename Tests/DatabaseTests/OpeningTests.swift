import Core
import Foundation
import Testing

@testable import Database

@Suite struct OpeningTests {
  @Test func `a file that is no database is refused and left alone`() throws {
    let scratch = try Scratch()
    let path = scratch.folder.appending(path: "letter.db")
    let letter = Data(String(repeating: "Dear Sir or Madam, ", count: 100).utf8)
    try letter.write(to: path)
    let error = #expect(throws: StorageError.self) { try FileDatabase(path: path.path) }
    guard case .unexpected = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try Data(contentsOf: path) == letter)
  }

  @Test func `a folder that is not there is refused`() throws {
    #expect(throws: StorageError.self) { try FileDatabase(path: "/nonexistent/stowage.db") }
  }

  @Test func `a database of a newer program is refused`() throws {
    let scratch = try Scratch()
    let newer = Schema.newest + 1
    try scratch.database.raw("INSERT INTO schema_versions (version, applied_at) VALUES (\(newer), 0)")
    #expect(throws: StorageError(DatabaseError.schemaTooNew(found: newer, known: Schema.newest))) {
      try scratch.another()
    }
  }

  @Test func `many that open a new database at once all find it whole`() throws {
    let scratch = try Scratch()
    for round in 0..<10 {
      let path = scratch.folder.appending(path: "new\(round).db").path
      try onThreads(8) { index in
        let database = try FileDatabase(path: path, busySeconds: 30)
        let user = try #require(UserID("user\(index)"))
        _ = try database.user(user, plan: .premium, quotaBytes: 10, at: Scratch.epoch)
      }
      let database = try FileDatabase(path: path)
      for index in 0..<8 {
        let user = try #require(UserID("user\(index)"))
        #expect(try database.user(user)?.plan == .premium)
      }
    }
  }

  @Test func `commits wait for the disk, and no connection checkpoints beside other writers`() throws {
    let scratch = try Scratch()
    let settings = try ["synchronous", "journal_mode", "wal_autocheckpoint", "foreign_keys"].flatMap { name in
      try scratch.database.raw("PRAGMA \(name)")
    }
    #expect(settings == ["2", "wal", "0", "1"])
  }

  @Test func `what was stored is there after opening again`() throws {
    let scratch = try Scratch()
    let user = try scratch.makeUser()
    let file = try scratch.database.makePending(user)
    let again = try scratch.another()
    #expect(try again.file(file) == scratch.database.file(file))
    #expect(try again.record(file).filename == "photo.jpg")
  }

  @Test func `errors become what a client or the log may see`() {
    #expect(StorageError(.busy) == .unavailable(detail: "database: busy"))
    #expect(StorageError(.unexpected(detail: "x")) == .unexpected(detail: "database: x"))
  }
}
