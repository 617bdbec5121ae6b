import Core
import Database
import Foundation
import Testing

@Suite struct SweepTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  @Test func `files without a job are found in pages, each once, and only if old enough`() throws {
    let old = try (0..<7).map { _ in try database.makePending(user) }
    let young = try database.makePending(user, at: now + 100)
    _ = try database.enqueue(for: [old[2]], at: now)
    #expect(try database.abort(old[3], of: user))
    var found: [FileID] = []
    while true {
      let page = try database.unattendedFiles(createdBy: now + 99, after: found.last, limit: 2)
      found += page.map(\.id)
      if page.count < 2 { break }
    }
    #expect(Set(found) == Set(old).subtracting([old[2], old[3]]))
    #expect(found.count == 5)
    #expect(try database.unattendedFiles(createdBy: now + 100).last?.id == young)
  }

  @Test func `a received file whose job was lost is found too`() throws {
    let file = try database.makePending(user)
    #expect(try database.receive(file, at: now))
    let found = try #require(try database.unattendedFiles(createdBy: now).first)
    #expect(found.id == file)
    #expect(found.state == .received)
    #expect(found.rawKey == "\(user)/\(file)/original.jpg")
  }

  @Test func `overdue files are the pending ones past their expiry, with a job or without`() throws {
    let file = try database.makePending(user)
    let received = try database.makePending(user)
    #expect(try database.receive(received, at: now))
    _ = try database.enqueue(for: [file], at: now)
    #expect(try database.overdueFiles(expiredBy: now + 899).isEmpty)
    #expect(try database.overdueFiles(expiredBy: now + 900).map(\.id) == [file])
    #expect(try database.overdueFiles(expiredBy: now + 900, after: file).isEmpty)
    #expect(try database.expire(file, expiredBy: now + 900))
    #expect(try database.overdueFiles(expiredBy: now + 900).isEmpty)
  }

  @Test func `a file is watched from its reservation until the watch time ends, in any state`() throws {
    let files = try (0..<5).map { try database.makePending(user, at: now + Double($0)) }
    try database.makeReady(files[0], of: user)
    #expect(try database.abort(files[1], of: user))
    #expect(try database.delete([files[2]], of: user, permanently: true, at: now) == [.purging])
    #expect(try database.receive(files[3], at: now))
    // Pending and received files are not watched: other checks cover them.
    #expect(try database.watchedFiles(at: now + 10).map(\.id) == Array(files[0..<3]))
    #expect(try database.watchedFiles(at: now + 10).first?.versionID == "v1")
    #expect(try database.watchedFiles(at: now + 10, after: files[0], before: files[2]).map(\.id) == [files[1]])
    #expect(try database.watchedFiles(at: now + 10, limit: 2).map(\.id) == Array(files[0..<2]))
    try database.watch([Watch(files[0], next: now + 100), Watch(files[1], next: nil)])
    #expect(try database.watchedFiles(at: now + 99).map(\.id) == [files[2]])
    #expect(try database.watchedFiles(at: now + 100).map(\.id) == [files[0], files[2]])
    #expect(try database.finishPurge(files[2]))
    #expect(try database.watchedFiles(at: now + 100).count == 2)
  }
}
