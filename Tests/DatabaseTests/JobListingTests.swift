import Core
import Database
import Foundation
import Testing

@Suite struct JobListingTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  /// Creates a file whose job is due after `delay` seconds.
  private func queued(_ delay: Double = 0) throws -> FileID {
    let file = try database.makePending(user)
    try #require(try database.enqueue(for: [file], at: now, delay: delay) == [file])
    return file
  }

  private func leased(until seconds: Double = 120) throws -> (FileID, LeasedJob) {
    let file = try database.makePending(user)
    return try (file, #require(try database.leaseJob(.process, of: file, seconds: seconds, at: now)))
  }

  private func postponed(_ delay: Double = 5, failed: Bool = true) throws -> FileID {
    let (file, job) = try leased()
    try #require(try database.release(job, retryAt: now + delay, countsAsFailure: failed, error: "scanner: away"))
    return file
  }

  private func failedJob() throws -> FileID {
    let (file, job) = try leased()
    try #require(try database.fail(job, error: "broken", at: now))
    return file
  }

  private func job(_ file: FileID) throws -> JobRecord { try #require(try database.job(.process, of: file)) }

  @Test func `jobs are listed in the order of their due times, in pages, each once`() throws {
    let late = try queued(9)
    let same = try (0..<4).map { _ in try queued(3) }
    let early = try queued(1)
    var found: [JobListing] = []
    while true {
      let page = try database.jobs(after: found.last?.job, limit: 2)
      found += page
      if page.count < 2 { break }
    }
    #expect(found.map(\.job.file) == [early] + same.sorted { "\($0)" < "\($1)" } + [late])
    #expect(found.allSatisfy { $0.user == user && $0.fileState == .pending })
    #expect(try database.jobCount() == 6)
  }

  @Test func `each state lists its own jobs, and queued also the postponed ones`() throws {
    let (held, _) = try leased()
    let files = try [
      JobFilter.State.queued: [queued(), postponed(0.001, failed: false)], .leased: [held], .failed: [failedJob()],
    ]
    for (state, wanted) in files {
      let filter = JobFilter(state: state)
      #expect(try Set(database.jobs(filter).map(\.job.file)) == Set(wanted))
      #expect(try database.jobCount(filter) == wanted.count)
    }
    #expect(try database.jobs(JobFilter(state: .postponed)).map(\.job.file) == files[.queued]?.suffix(1))
    #expect(try database.jobCount(JobFilter(kind: .render)) == 0)
    #expect(try database.jobs(JobFilter(kind: .process, state: .failed)).map(\.job.lastError) == ["broken"])
  }

  @Test func `a file's jobs of both kinds are found, and no job of another file`() throws {
    let file = try queued()
    _ = try queued()
    _ = try database.enqueue(.render, for: [file], at: now)
    #expect(try database.jobs(of: file).map(\.kind) == [.process, .render])
    #expect(try database.jobs(of: FileID(at: now)).isEmpty)
  }

  // MARK: Retrying

  @Test func `a failed job is due again with its failures reset, and a second retry changes nothing`() throws {
    let file = try failedJob()
    #expect(try database.leaseJob(seconds: 60, at: now + 50) == nil)
    #expect(try database.retryJob(.process, of: file, at: now + 50) == .revived)
    let job = try job(file)
    #expect(job.state == .queued && job.dueAt == now + 50 && job.failures == 0 && job.lastError == "broken")
    #expect(try database.retryJob(.process, of: file, at: now + 60) == .due)
    #expect(try self.job(file) == job)
    #expect(try database.leaseJob(seconds: 60, at: now + 60)?.file == file)
  }

  @Test func `a postponed job is due at once, and keeps its count of failures`() throws {
    let file = try postponed(500)
    #expect(try database.retryJob(.process, of: file, at: now + 1) == .hastened)
    #expect(try job(file).failures == 1)
    #expect(try database.leaseJob(seconds: 60, at: now + 1)?.file == file)
  }

  @Test func `a leased job is never touched, even if its lease has expired`() throws {
    let (file, lease) = try leased()
    let before = try job(file)
    #expect(try database.retryJob(.process, of: file, at: now + 119) == .held(until: now + 120))
    for state in JobFilter.State.allCases {
      #expect(try database.retryJobs(JobFilter(state: state), at: now + 119) == 0)
    }
    #expect(try database.retryJobs(JobFilter(), at: now + 121) == 0)
    #expect(try database.retryJob(.process, of: file, at: now + 121) == .due)
    #expect(try job(file) == before)
    #expect(try database.finish(lease, at: now + 2))
  }

  @Test func `a retry creates no job if there is none`() throws {
    let file = try database.makePending(user)
    #expect(try database.retryJob(.process, of: file, at: now) == nil)
    #expect(try database.retryJob(.render, of: FileID(at: now), at: now) == nil)
    #expect(try database.jobCount() == 0)
  }

  @Test func `all jobs of a state are retried, page by page, and counted once`() throws {
    let failed = try (0..<7).map { _ in try failedJob() }
    let waiting = try (0..<5).map { _ in try postponed(100) }
    let other = try queued(100)
    #expect(try database.retryJobs(JobFilter(state: .failed), pageSize: 3, at: now + 1) == 7)
    #expect(try database.retryJobs(JobFilter(state: .failed), pageSize: 3, at: now + 1) == 0)
    #expect(try waiting.allSatisfy { try job($0).dueAt == now + 100 })
    #expect(try database.retryJobs(JobFilter(kind: .render, state: .postponed), at: now + 1) == 0)
    #expect(try database.retryJobs(JobFilter(state: .postponed), pageSize: 2, at: now + 1) == 5)
    #expect(try (failed + waiting).allSatisfy { try job($0).dueAt == now + 1 })
    #expect(try job(other).dueAt == now + 100)
  }

  @Test func `a retry while workers claim jobs takes no lease away`() throws {
    let files = try (0..<40).map { _ in try postponed(100) }
    let (database, now) = (database, now)
    try onThreads(4) { index in
      if index < 2 {
        for file in files { _ = try database.retryJob(.process, of: file, at: now + 1) }
      } else {
        for _ in 0..<30 {
          guard let job = try database.leaseJob(seconds: 60, at: now + 1) else { continue }
          #expect(try database.retryJob(.process, of: job.file, at: now + 2) == .held(until: now + 61))
          #expect(try database.finish(job, at: now + 2))
        }
      }
    }
  }

  // MARK: Known keys

  @Test func `keys and owners of files are known in any state, and no other keys`() throws {
    let upload = try newUpload(user)
    try #require(try database.reserve(upload, at: now) == .reserved)
    try #require(try database.delete(upload.key.file, of: user, at: now))
    let stranger = FileID(at: now)
    let other = "\(upload.key)".replacing(".jpg", with: ".png")
    let holders = try database.holders(ofRawKeys: ["\(upload.key)", other, ""])
    #expect(holders.map { $0?.file } == [upload.key.file, nil, nil])
    #expect(holders[0]?.state == .deleted && holders[0]?.user == user && holders[0]?.isMigrated == false)
    #expect(try database.owners(of: [upload.key.file, stranger]) == [upload.key.file: user])
  }
}
