import Core
import Foundation
import Synchronization
import Testing

@testable import Database

@Suite struct AgedDeletionTests: DatabaseSuite {
  let fixture: DatabaseFixture
  private let rule = RetentionRule()

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  private var due: Date { now + 365 * 86_400 }

  private func ready(of user: UserID? = nil, at time: Date? = nil) throws -> FileID {
    let (user, time) = (user ?? self.user, time ?? now)
    let file = try database.makePending(user, at: time)
    try database.makeReady(file, of: user, at: time)
    return file
  }

  @discardableResult
  private func delete(_ files: [FileID], of user: UserID? = nil, at time: Date? = nil) throws -> Int {
    try database.deleteAged(files, of: user ?? self.user, by: rule, run: "r", at: time ?? due).files
  }

  @Test func `a file is deleted at the exact second at which it is due, and charged until it is purged`() throws {
    let file = try ready()
    #expect(try delete([file], at: due - 0.001) == 0)
    #expect(try database.record(file).state == .ready)
    let done = try database.deleteAged([file], of: user, by: rule, run: "r", at: due)
    #expect(try done.files == 1 && done.bytes == database.record(file).heldBytes)
    let record = try database.record(file)
    #expect(record.state == .deleted && record.deletedAt == due && record.removal == .cleanup(run: "r"))
    #expect(try database.quota(user)[0] == record.heldBytes)
    #expect(try Set(database.jobs(of: file).map(\.kind)) == [.process, .render, .purge])
    #expect(try delete([file]) == 0)
  }

  @Test func `premium users, other states, other owners and users under erasure lose nothing`() throws {
    let eve = try fixture.makeUser("eve")
    let file = try ready()
    #expect(try delete([file], of: eve) == 0)
    let pending = try database.makePending(user)
    let received = try database.makePending(user)
    _ = try database.receive(received, at: now)
    #expect(try delete([pending, received, FileID(at: now)]) == 0)
    _ = try database.change(user, plan: .premium, quotaBytes: nil, at: due)
    #expect(try delete([file], at: due + 1e9) == 0)
    let other = try ready(of: eve)
    #expect(try database.beginErasure(of: eve, at: due))
    #expect(try delete([other], of: eve, at: due + 1e9) == 0)
    #expect(try database.record(file).state == .ready && database.record(other).state == .ready)
  }

  @Test func `after a downgrade a file stays for the notice`() throws {
    let file = try ready()
    _ = try database.change(user, plan: .premium, quotaBytes: nil, at: now + 1)
    _ = try database.change(user, plan: .standard, quotaBytes: nil, at: due + 5)
    #expect(try delete([file], at: due + 5 + 30 * 86_400 - 0.001) == 0)
    #expect(try delete([file], at: due + 5 + 30 * 86_400) == 1)
  }

  @Test func `a restore makes the deletion the owner's affair again`() throws {
    let file = try ready()
    try delete([file])
    #expect(try database.files(removedBy: .cleanup(run: "r"), after: nil, limit: 10).map(\.id) == [file])
    #expect(try database.restore(file, of: user, variants: [], deletedAfter: now, at: due + 1))
    #expect(try database.record(file).removal == nil)
    #expect(try database.files(removedBy: .cleanup(run: "r"), after: nil, limit: 10).isEmpty)
    #expect(try database.delete(file, of: user, at: due + 2))
    #expect(try database.record(file).removal == nil)
  }

  @Test func `no file of a user who becomes premium during a run is deleted, in 500 races`() throws {
    let another = try fixture.another()
    for _ in 0..<500 {
      _ = try database.change(user, plan: .standard, quotaBytes: nil, at: now)
      let files = try (0..<3).map { _ in try ready() }
      let kept = Mutex<[FileID]>([])
      let (user, rule, time, database) = (user, rule, due + 31 * 86_400, database)
      DispatchQueue.concurrentPerform(iterations: 2) { side in
        if side == 0 {
          _ = try? database.change(user, plan: .premium, quotaBytes: nil, at: time)
          kept.withLock { $0 = files.filter { (try? database.file($0)?.state) == .ready } }
        } else {
          for file in files { _ = try? another.deleteAged([file], of: user, by: rule, run: "r", at: time) }
        }
      }
      // A file that was ready once the change was committed stays so.
      for file in kept.withLock({ $0 }) { #expect(try database.record(file).state == .ready) }
    }
  }

  @Test func `runs are listed newest first, with what is left of them and until when`() throws {
    let files = try (0..<3).map { _ in try ready() }
    #expect(try database.cleanupRuns(limit: 10).isEmpty)
    _ = try database.deleteAged([files[0]], of: user, by: rule, run: "a", at: due)
    _ = try database.deleteAged([files[1]], of: user, by: rule, run: "b", at: due + 5)
    _ = try database.deleteAged([files[2]], of: user, by: rule, run: "b", at: due + 9)
    var runs = try database.cleanupRuns(limit: 10)
    #expect(runs.map(\.id) == ["b", "a"] && runs.map(\.files) == [2, 1] && runs.map(\.deletedFiles) == [2, 1])
    #expect(runs[0].startedAt == due + 5 && runs[0].undoEnd == due + 5 + 30 * 86_400 && runs[0].bytes > runs[1].bytes)
    _ = try database.delete([files[1]], of: user, permanently: true, at: due + 10)
    runs = try database.cleanupRuns(limit: 1)
    #expect(runs[0].deletedFiles == 1 && runs[0].undoEnd == due + 9 + 30 * 86_400)
    #expect(try database.cleanupRun("a")?.files == 1)
    #expect(try database.cleanupRun("") == nil && database.cleanupRun("c") == nil)
  }
}

@Suite struct ChoreTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  private func claim(_ time: TimeInterval, _ database: FileDatabase? = nil) throws -> Chore? {
    try (database ?? self.database).claim(.cleanup, every: 100, seconds: 10, at: now + time)
  }

  @Test func `one process has a chore at a time, part by part, and once in a period`() throws {
    let another = try fixture.another()
    let first = try #require(try claim(0))
    #expect(first.position == "" && first.startedAt == now)
    #expect(try claim(5, another) == nil)
    #expect(try database.leave(first, at: "x y"))
    let second = try #require(try claim(5, another))
    #expect(second.position == "x y" && second.startedAt == now)
    #expect(try !database.leave(first, at: nil))
    #expect(try another.leave(second, at: nil))
    #expect(try claim(99.999) == nil)
    let next = try #require(try claim(100))
    #expect(next.position == "" && next.startedAt == now + 100)
    // Another chore has a separate row, and a killed process loses its lease.
    #expect(try database.claim(.comparison, every: 100, seconds: 10, at: now + 100) != nil)
    #expect(try claim(109.999) == nil)
    let heir = try #require(try claim(110, another))
    #expect(heir.startedAt == now + 100)
    #expect(try !database.leave(next, at: nil) && another.leave(heir, at: nil))
  }

  @Test func `of many workers that ask at once, one gets the chore`() throws {
    let databases = try (0..<4).map { _ in try fixture.another() }
    let won = Mutex(0)
    let now = now
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      if (try? databases[index].claim(.cleanup, every: 100, seconds: 10, at: now)) ?? nil != nil {
        won.withLock { $0 += 1 }
      }
    }
    #expect(won.withLock { $0 } == 1)
  }
}
