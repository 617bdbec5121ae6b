import Core
import Database
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct LookoutTests {
  private let folder: URL
  private let database: FileDatabase
  private let watch: ChangeWatch

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "stowage-lookout-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    database = try FileDatabase(path: folder.appending(path: "stowage.db").path)
    watch = try #require(database.changeWatch())
  }

  private func commit(_ number: Int) throws {
    let user = try #require(UserID("user\(number)"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1, at: .now)
  }

  /// Runs `count` threads that look while `body` runs; `look` calls its argument before work, and returns true after it.
  private func looking(
    _ lookout: Lookout,
    threads count: Int,
    due: TimeInterval? = nil,
    look: @escaping @Sendable (() -> Void) -> Bool,
    while body: () throws -> Void
  ) rethrows {
    let group = DispatchGroup()
    for _ in 0..<count {
      group.enter()
      Thread.detachNewThread {
        var post = Lookout.Post()
        while lookout.isGoingOn {
          if !look({ lookout.leave(&post) }) { lookout.wait(&post, nextJobIn: due) }
        }
        lookout.leave(&post)
        group.leave()
      }
    }
    defer {
      lookout.stop()
      #expect(group.wait(timeout: .now() + 30) == .success, "every wait ends with the worker")
      try? FileManager.default.removeItem(at: folder)
    }
    try body()
  }

  @Test func `of many idle threads one looks, once a second`() throws {
    let looks = Looks()
    looking(Lookout(watch), threads: 8) { _ in
      looks.increment()
      return false
    } while: {
      usleep(1_500_000)
    }
    // Each thread looks once before its first wait, and once at the end.
    #expect((8...18).contains(looks.value), "\(looks.value) looks")
  }

  @Test func `a commit makes a thread look at once`() throws {
    let looks = Looks()
    try looking(Lookout(watch), threads: 3) { _ in
      looks.increment()
      return false
    } while: {
      usleep(300_000)
      let before = looks.value
      let start = ContinuousClock.now
      try commit(1)
      while looks.value == before, ContinuousClock.now - start < .seconds(20) { usleep(500) }
      #expect(looks.value > before)
      #expect(ContinuousClock.now - start < .milliseconds(700), "not only at the next second")
    }
  }

  @Test func `a burst of jobs is taken by all threads together`() throws {
    let jobs = Jobs()
    // Threads that rest look when the one at the post takes a job, so the whole burst does not wait for a second.
    try looking(Lookout(watch), threads: 4) { begin in
      jobs.work(begin)
    } while: {
      usleep(200_000)
      jobs.add(4)
      try commit(1)
      for _ in 0..<200 where jobs.most < 4 { usleep(50_000) }
    }
    #expect(jobs.most == 4)
  }

  @Test func `a flood of commits makes at most one look each ten milliseconds`() throws {
    let looks = Looks()
    let start = ContinuousClock.now
    try looking(Lookout(watch), threads: 4) { _ in
      looks.increment()
      return false
    } while: {
      for number in 0..<400 { try commit(number) }
    }
    let elapsed = (ContinuousClock.now - start) / .milliseconds(10)
    #expect(Double(looks.value) <= elapsed + 12, "\(looks.value) looks in \(elapsed * 10) ms")
  }

  @Test func `the wait ends when the next job is due, and is short without a watch`() {
    #expect(Lookout.milliseconds(to: nil, isWatching: true) == 1000)
    #expect(Lookout.milliseconds(to: 0.3, isWatching: true) == 300)
    #expect(Lookout.milliseconds(to: 3600, isWatching: true) == 1000)
    #expect(Lookout.milliseconds(to: .infinity, isWatching: true) == 1000)
    #expect(Lookout.milliseconds(to: -5, isWatching: true) == 50, "due, but not for this worker")
    #expect(Lookout.milliseconds(to: 3600, isWatching: false) == 50)
  }

  @Test func `without a watch one thread looks twenty times a second`() throws {
    let looks = Looks()
    looking(Lookout(nil), threads: 4) { _ in
      looks.increment()
      return false
    } while: {
      usleep(1_000_000)
    }
    #expect((8...30).contains(looks.value), "\(looks.value) looks")
  }

  @Test func `a pause ends with the worker`() throws {
    let lookout = Lookout(nil)
    Thread.detachNewThread { lookout.stop() }
    let start = ContinuousClock.now
    lookout.pause(seconds: 30)
    #expect(ContinuousClock.now - start < .seconds(20))
    try? FileManager.default.removeItem(at: folder)
  }
}

private final class Looks: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func increment() { count.withLock { $0 += 1 } }
}

/// Jobs that end only when four threads have one, or after ten seconds.
private final class Jobs: Sendable {
  private let state = Mutex((left: 0, busy: 0, most: 0))

  var most: Int { state.withLock { $0.most } }

  func add(_ count: Int) { state.withLock { $0.left += count } }

  /// Calls `begin` and works; returns false if there is no job.
  func work(_ begin: () -> Void) -> Bool {
    let isWork = state.withLock { state in
      guard state.left > 0 else { return false }
      state.left -= 1
      state.busy += 1
      state.most = max(state.most, state.busy)
      return true
    }
    guard isWork else { return false }
    begin()
    for _ in 0..<2000 where most < 4 { usleep(5000) }
    state.withLock { $0.busy -= 1 }
    return true
  }
}
