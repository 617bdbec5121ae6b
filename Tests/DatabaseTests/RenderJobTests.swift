import Core
import Database
import Foundation
import Testing

@Suite struct RenderJobTests: DatabaseSuite {
  let fixture: DatabaseFixture
  let file: FileID

  init() throws {
    fixture = try DatabaseFixture(quota: 1000)
    file = try fixture.database.makePending(fixture.user)
  }

  @Test func `the job of a given file is created and claimed at once, by one of two`() throws {
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    #expect(job.file == file && job.kind == .process && job.attempts == 1)
    #expect(try database.leaseJob(.process, of: file, seconds: 60, at: now + 59) == nil)
    let seen = try #require(try database.job(.process, of: file))
    #expect(seen.state == .leased && seen.isHeld(at: now + 59) && !seen.isHeld(at: now + 60) && !seen.runsAgain)
    #expect(try database.leaseJob(.process, of: file, seconds: 60, at: now + 60)?.token != job.token)
  }

  @Test func `a job stored by an event is claimed by its file, a postponed or failed one is not`() throws {
    _ = try database.enqueue(for: [file], at: now)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try database.release(job, retryAt: now + 5, countsAsFailure: false, error: "store"))
    #expect(try database.leaseJob(.process, of: file, seconds: 60, at: now + 4) == nil)
    let postponed = try #require(try database.job(.process, of: file))
    #expect(postponed.state == .queued && postponed.dueAt == now + 5 && postponed.lastError == "store")
    let second = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now + 5))
    try #require(try database.fail(second, error: "broken", at: now + 6))
    #expect(try database.leaseJob(.process, of: file, seconds: 60, at: now + 100) == nil)
    #expect(try database.job(.process, of: file)?.state == .failed)
  }

  @Test func `no job is created for an unknown file`() throws {
    let stranger = FileID(at: now)
    #expect(try database.leaseJob(.render, of: stranger, seconds: 60, at: now) == nil)
    #expect(try database.job(.render, of: stranger) == nil)
  }

  @Test func `two kinds of jobs of one file are independent`() throws {
    let process = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    let render = try #require(try database.leaseJob(.render, of: file, seconds: 60, at: now))
    #expect(try database.finish(render, at: now) && database.renew(process, seconds: 60, at: now) != nil)
  }

  @Test func `new variants of a ready file become current under the lease, and its charge stays`() throws {
    try database.makeReady(file, of: user, at: now)
    let before = try database.quota(user)
    let job = try #require(try database.leaseJob(.render, of: file, seconds: 60, at: now))
    let new = try variants(of: file, user, version: "b")
    #expect(try database.refresh(new, of: digest(), under: job, at: now + 1))
    #expect(try Set(database.record(file).variants) == Set(new))
    #expect(try database.quota(user) == before && database.recountQuotas().isEmpty)
    #expect(try database.image(.thumb, of: file, user: user)?.variant?.version == new[0].version)
  }

  @Test func `no variant changes without the lease, for other content, or after a deletion`() throws {
    try database.makeReady(file, of: user, at: now)
    let old = try database.record(file).variants
    let new = try variants(of: file, user, version: "b")
    let job = try #require(try database.leaseJob(.render, of: file, seconds: 60, at: now))
    #expect(try !database.refresh(new, of: digest("c"), under: job, at: now + 1))
    #expect(try !database.refresh(new, of: digest(), under: job, at: now + 60))
    let process = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    #expect(try !database.refresh(new, of: digest(), under: process, at: now + 1))
    try #require(try database.delete(file, of: user, at: now + 1))
    #expect(try !database.refresh(new, of: digest(), under: job, at: now + 2))
    #expect(try database.record(file).variants == old)
  }

  @Test func `pages contain all ready files, and no others`() throws {
    try database.makeReady(file, of: user, at: now)
    let others = try (0..<3).map { _ in try database.makePending(user) }
    #expect(try database.readyFiles() == [file])
    #expect(try database.readyFiles(after: file).isEmpty && others.count == 3)
  }
}
