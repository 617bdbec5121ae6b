import Core
import Foundation
import TestSupport
import Testing

@testable import Database

@Suite(.sqliteAlone) struct ChangeWatchTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  @Test func `a commit of another connection ends a wait, and reading ends none`() throws {
    let watch = try #require(database.changeWatch())
    let other = try fixture.another()
    #expect(!watch.wait(milliseconds: 20))
    _ = try other.user(user)
    #expect(!watch.wait(milliseconds: 20), "a read is no commit")
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      usleep(50_000)
      _ = try? other.makePending(user)
      ended.signal()
    }
    let start = ContinuousClock.now
    #expect(watch.wait(milliseconds: 20_000))
    #expect(ContinuousClock.now - start < .seconds(15))
    ended.wait()
  }

  @Test func `a commit between two waits is not lost, and thousands leave no queue`() throws {
    let watch = try #require(database.changeWatch())
    _ = try database.makePending(user)
    #expect(watch.wait(milliseconds: 0))
    #expect(!watch.wait(milliseconds: 0))
    for _ in 0..<300 { _ = try database.makePending(user, size: 1) }
    #expect(watch.wait(milliseconds: 0))
    #expect(!watch.wait(milliseconds: 0), "one wait takes all notices")
  }

  @Test func `checkpoints and reopening leave the watch at work`() throws {
    let watch = try #require(database.changeWatch())
    for _ in 0..<(2 * Checkpoints.interval) { _ = try fixture.another().makePending(user, size: 1) }
    while watch.wait(milliseconds: 0) {}
    _ = try fixture.another().makePending(user)
    #expect(watch.wait(milliseconds: 5000))
  }

  @Test func `an interrupted watch waits for nothing any more`() throws {
    let watch = try #require(database.changeWatch())
    Thread.detachNewThread { watch.interrupt() }
    let start = ContinuousClock.now
    #expect(!watch.wait(milliseconds: 20_000))
    watch.rest(milliseconds: 20_000)
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  @Test func `a log that is gone makes waits no shorter`() throws {
    let watch = try #require(database.changeWatch())
    try FileManager.default.removeItem(atPath: fixture.path + "-wal")
    _ = watch.wait(milliseconds: 0)
    let start = ContinuousClock.now
    #expect(!watch.wait(milliseconds: 200))
    #expect(ContinuousClock.now - start >= .milliseconds(190))
    #expect(ChangeWatch(database: "/nonexistent/stowage.db") == nil)
  }
}
