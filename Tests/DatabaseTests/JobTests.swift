import Core
import Database
import Foundation
import Testing

@Suite struct JobTests: DatabaseSuite {
  let fixture: DatabaseFixture
  let file: FileID

  init() throws {
    fixture = try DatabaseFixture(quota: 1000)
    file = try fixture.database.makePending(fixture.user)
  }

  private func lease(at now: Date, seconds: Double = 60) throws -> LeasedJob {
    try #require(try database.leaseJob(seconds: seconds, at: now))
  }

  @Test func `an event for an unknown file stores nothing`() throws {
    #expect(try database.enqueue(for: [FileID(at: now), file], at: now) == [file])
    #expect(try database.jobStatistics(at: now).queued == 1)
  }

  @Test func `the same event twice makes one job`() throws {
    _ = try database.enqueue(for: [file, file], at: now)
    _ = try database.enqueue(for: [file], at: now + 1)
    let job = try lease(at: now + 1)
    #expect(job.file == file)
    #expect(try database.leaseJob(seconds: 60, at: now + 1) == nil)
    #expect(try database.finish(job, at: now + 2))
    #expect(try database.leaseJob(seconds: 60, at: now + 9) == nil)
    #expect(try database.jobStatistics(at: now).queued == 0)
  }

  @Test func `an event during the run is not lost, however the run ends`() throws {
    let endings: [(LeasedJob) throws -> Bool] = [
      { job in try database.finish(job, at: now + 2) },
      { job in try database.fail(job, error: "broken", at: now + 2) },
      { job in
        try database.receive(file, at: now) && database.publish(publication(of: file, user), under: job, at: now + 2)
          && database.finish(job, at: now + 2)
      },
    ]
    _ = try database.enqueue(for: [file], at: now)
    for end in endings {
      let job = try lease(at: now + 2)
      #expect(job.attempts == 1)
      _ = try database.enqueue(for: [file], at: now + 1)
      #expect(try end(job))
    }
    let last = try lease(at: now + 2)
    #expect(try database.finish(last, at: now + 3))
    #expect(try database.leaseJob(seconds: 60, at: now + 99) == nil)
  }

  @Test func `an expired lease is taken over, and its old token changes nothing any more`() throws {
    _ = try database.enqueue(for: [file], at: now)
    #expect(try database.receive(file, at: now))
    let old = try lease(at: now)
    #expect(try database.leaseJob(seconds: 60, at: now + 59) == nil)
    let new = try lease(at: now + 60)
    #expect(new.attempts == 2)
    #expect(new.failures == 0)
    #expect(new.token != old.token)
    let before = try database.file(file)
    #expect(try database.renew(old, seconds: 60, at: now + 61) == nil)
    #expect(try database.publish(publication(of: file, user), under: old, at: now + 61) == false)
    #expect(try database.reject(.malware, under: old, at: now + 61) == false)
    #expect(try database.release(old, retryAt: now, countsAsFailure: true, error: "late") == false)
    #expect(try database.fail(old, error: "late", at: now + 61) == false)
    #expect(try database.finish(old, at: now + 61) == false)
    #expect(try database.file(file) == before)
    #expect(try database.publish(publication(of: file, user), under: new, at: now + 61))
  }

  @Test func `an expired lease publishes nothing even before it is taken over`() throws {
    _ = try database.enqueue(for: [file], at: now)
    #expect(try database.receive(file, at: now))
    let job = try lease(at: now)
    #expect(try database.publish(publication(of: file, user), under: job, at: now + 60) == false)
    #expect(try database.renew(job, seconds: 60, at: now + 60) == nil)
  }

  @Test func `a renewed lease is not taken over`() throws {
    _ = try database.enqueue(for: [file], at: now)
    let job = try lease(at: now)
    let renewed = try #require(try database.renew(job, seconds: 60, at: now + 30))
    #expect(renewed.leasedUntil == now + 90)
    #expect(try database.leaseJob(seconds: 60, at: now + 89) == nil)
    #expect(try database.finish(renewed, at: now + 89))
  }

  @Test func `a postponed job waits for its time, and keeps its failures and errors`() throws {
    _ = try database.enqueue(for: [file], at: now, delay: 5)
    #expect(try database.leaseJob(seconds: 60, at: now + 4.9) == nil)
    let first = try lease(at: now + 5)
    #expect(try database.release(first, retryAt: now + 20, countsAsFailure: false, error: "no scanner"))
    _ = try database.enqueue(for: [file], at: now + 6)
    #expect(try database.leaseJob(seconds: 60, at: now + 19) == nil)
    let second = try lease(at: now + 20)
    #expect(second.failures == 0)
    #expect(second.lastError == "no scanner")
    #expect(try database.release(second, retryAt: now + 21, countsAsFailure: true, error: "decoder died"))
    let third = try lease(at: now + 21)
    #expect(third.failures == 1)
    #expect(third.attempts == 3)
    #expect(third.lastError == "decoder died")
  }

  @Test func `a failed job rests until an event arrives`() throws {
    _ = try database.enqueue(for: [file], at: now)
    #expect(try database.fail(lease(at: now), error: "broken", at: now))
    #expect(try database.jobStatistics(at: now + 999).failed == 1)
    #expect(try database.leaseJob(seconds: 60, at: now + 999) == nil)
    _ = try database.enqueue(for: [file], at: now + 999)
    #expect(try lease(at: now + 999).failures == 1)
  }

  @Test func `of many workers one claims the job that was due first`() throws {
    let others = try (0..<5).map { _ in try database.makePending(user) }
    for (index, other) in others.enumerated() {
      _ = try database.enqueue(for: [other], at: now, delay: Double(5 - index))
    }
    #expect(try lease(at: now + 9).file == others.last)
    let taken = Counter()
    try onThreads(8) { _ in
      let database = try fixture.another()
      while try database.leaseJob(seconds: 60, at: DatabaseFixture.epoch + 9) != nil { taken.increment() }
    }
    #expect(taken.value == 4)
  }

  @Test func `statistics show the states and the oldest waiting job`() throws {
    let others = try (0..<3).map { _ in try database.makePending(user) }
    _ = try database.enqueue(for: [file], at: now)
    _ = try lease(at: now, seconds: 10)
    _ = try database.enqueue(for: [others[0]], at: now + 20)
    _ = try database.enqueue(for: [others[1]], at: now, delay: 100)
    let statistics = try database.jobStatistics(at: now + 30)
    let counts: [Int] = [statistics.queued, statistics.leased, statistics.runOut, statistics.failed]
    #expect(counts == [2, 1, 1, 0])
    #expect(statistics.oldestDue == now + 10)
    #expect(try database.jobStatistics(at: now).oldestDue == nil)
  }
}
