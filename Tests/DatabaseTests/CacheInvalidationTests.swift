import Core
import Database
import Foundation
import Testing

@Suite struct CacheInvalidationTests: DatabaseSuite {
  let fixture: DatabaseFixture
  let file: FileID

  init() throws {
    fixture = try DatabaseFixture(quota: 1000)
    file = try fixture.database.makePending(fixture.user)
    _ = try fixture.database.receive(file, at: now)
    let job = try #require(try fixture.database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try fixture.database.publish(publication(of: file, user), under: job, at: now))
    try #require(try fixture.database.finish(job, at: now))
  }

  private func refresh(_ digit: Character, at now: Date) throws {
    let job = try #require(try database.leaseJob(.render, of: file, seconds: 60, at: now))
    let new = try variants(of: file, user, version: digit)
    try #require(try database.refresh(new, of: digest(), under: job, at: now))
    try #require(try database.finish(job, at: now))
  }

  @Test func `a first publication, or one with the same version, invalidates nothing`() throws {
    #expect(try database.job(.purge, of: file) == nil)
    try refresh("a", at: now + 1)
    #expect(try database.job(.purge, of: file) == nil)
  }

  @Test func `another version invalidates the old one in the same transaction, and all keys stay known`() throws {
    try refresh("b", at: now + 1)
    let job = try #require(try database.job(.purge, of: file))
    #expect(job.state == .queued && job.dueAt == now + 1 && job.createdAt == now + 1)
    let all = try variants(of: file, user, version: "a") + variants(of: file, user, version: "b")
    #expect(try Set(database.issuedKeys(of: file)) == Set(all.map(\.key)))
  }

  @Test func `a finished round is followed by the next, and a new invalidation starts from the first`() throws {
    try refresh("b", at: now + 1)
    let first = try #require(try database.leaseJob(.purge, seconds: 60, at: now + 1))
    #expect(first.createdAt == now + 1)
    #expect(try database.continueJob(first, due: now + 6, at: now + 2))
    #expect(try database.leaseJob(.purge, seconds: 60, at: now + 5) == nil)
    try refresh("c", at: now + 3)
    let second = try #require(try database.leaseJob(.purge, seconds: 60, at: now + 3))
    #expect(second.createdAt == now + 3 && second.failures == 0 && second.lastError == nil)
  }

  @Test func `an invalidation during a round is not lost`() throws {
    try refresh("b", at: now + 1)
    let job = try #require(try database.leaseJob(.purge, seconds: 60, at: now + 1))
    try refresh("c", at: now + 2)
    #expect(try database.leaseJob(.purge, seconds: 60, at: now + 2) == nil)
    #expect(try database.continueJob(job, due: now + 6, at: now + 3))
    let next = try #require(try database.leaseJob(.purge, seconds: 60, at: now + 3))
    #expect(next.createdAt == now + 2)
    #expect(try database.finish(next, at: now + 4) && database.job(.purge, of: file) == nil)
  }

  @Test func `a worker that lost its lease does not continue an invalidation`() throws {
    try refresh("b", at: now + 1)
    let lost = try #require(try database.leaseJob(.purge, seconds: 1, at: now + 1))
    let mine = try #require(try database.leaseJob(.purge, seconds: 60, at: now + 2))
    #expect(try !database.continueJob(lost, due: now + 6, at: now + 3))
    #expect(try database.finish(mine, at: now + 4))
  }
}
