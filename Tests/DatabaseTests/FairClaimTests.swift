import Core
import Foundation
import TestSupport
import Testing

@testable import Database

/// The order in which workers claim jobs: which user first, and which job of that user.
@Suite struct FairClaimTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  /// Creates an upload of `user` whose job is due, received at `time`.
  @discardableResult
  private func upload(
    _ user: UserID,
    _ type: FileType = .jpeg,
    size: Int64 = 100,
    at time: Date = DatabaseFixture.epoch
  ) throws -> FileID {
    let claim = try UploadClaim(
      filename: "file.\(type.fileExtension)",
      size: size,
      contentType: type.contentType,
      visibility: "private",
      policy: UploadPolicy()
    )
    let key = RawKey(user: user, file: FileID(at: time), type: type)
    try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: time + 900), at: time) == .reserved)
    _ = try database.receive(key.file, at: time)
    _ = try database.enqueue(for: [key.file], at: time)
    return key.file
  }

  private func user(_ name: String) throws -> UserID { try fixture.makeUser(name, quota: 1 << 40) }

  private func owner(of job: LeasedJob?) throws -> String? {
    try job.flatMap { try database.file($0.file)?.user.description }
  }

  private func claim(after seconds: Double = 1) throws -> LeasedJob? {
    try database.leaseJob(seconds: 600, at: now + seconds)
  }

  @Test func `the user with the least work in progress comes first, however long another user has waited`() throws {
    let (eve, ann) = (try user("eve"), try user("ann"))
    for second in 0..<20 { try upload(eve, at: now - Double(second)) }
    _ = try #require(try claim())
    try upload(ann, at: now + 1)
    #expect(try owner(of: claim(after: 2)) == "ann")
    #expect(try owner(of: claim(after: 2)) == "eve")
  }

  @Test func `users with long queues take turns, and a new user does not wait for their end`() throws {
    let names = ["dan", "eve", "kim"]
    for name in names { for _ in 0..<5 { try upload(user(name)) } }
    try upload(user("ann"), at: now + 1)
    let order = try (0..<12).map { turn in
      let time = now + 2 + Double(turn)
      let job = try #require(try database.leaseJob(seconds: 600, at: time))
      defer { _ = try? database.finish(job, at: time) }
      return try #require(try owner(of: job))
    }
    for turns in [order.prefix(4), order.dropFirst(4).prefix(3), order.dropFirst(7).prefix(3)] {
      #expect(Set(turns).count == turns.count, "\(order)")
    }
    #expect(order.prefix(4).contains("ann"), "\(order)")
  }

  @Test func `an image of a user comes before an earlier document, and the document gets its turn in time`()
    throws
  {
    let ann = try user("ann")
    let document = try upload(ann, .pdf, at: now - 20)
    let image = try upload(ann, at: now - 10)
    #expect(try claim()?.file == image)
    #expect(try claim()?.file == document)
    let old = try upload(ann, .docx, at: now - 100)
    try upload(ann, at: now - 5)
    #expect(try claim()?.file == old)
  }

  @Test func `among users without work in progress an image comes before a document`() throws {
    let (eve, ann) = (try user("eve"), try user("ann"))
    try upload(eve, .xlsx, size: 6 << 20, at: now - 30)
    try upload(ann, at: now)
    #expect(try owner(of: claim()) == "ann")
  }

  @Test func `a user with the maximum of threads is skipped, and no other user`() throws {
    let (eve, ann) = (try user("eve"), try user("ann"))
    for _ in 0..<3 { try upload(eve) }
    #expect(try database.leaseJob(sparing: eve, seconds: 600, at: now + 1) == nil)
    #expect(try owner(of: database.leaseJob(sparing: ann, seconds: 600, at: now + 1)) == "eve")
    try upload(ann)
    #expect(try owner(of: database.leaseJob(sparing: eve, seconds: 600, at: now + 1)) == "ann")
  }

  @Test func `of a user's jobs cache invalidations come first, and renewed renderings last`() throws {
    let (eve, ann) = (try user("eve"), try user("ann"))
    let pending = try database.makePending(ann)
    try database.makeReady(pending, of: ann)
    _ = try database.enqueue(.render, for: [pending], at: now - 1000)
    let photo = try upload(ann, at: now - 10)
    _ = try database.enqueue(.purge, for: [pending], at: now)
    try upload(eve, .pdf, at: now)
    let order = try (0..<4).map { _ in try #require(try claim()) }
    #expect(order[0].kind == .purge && order[1].user == eve && order[2].file == photo && order[3].kind == .render)
    let kinds = try (0..<2).map { _ in try database.leaseJob(.render, seconds: 1, at: now + 700) }
    #expect(kinds[0]?.kind == .render && kinds[1] == nil)
  }

  @Test func `a file that crashed its decoder is tried again after all files that did not`() throws {
    let ann = try user("ann")
    let first = try upload(ann, at: now)
    let job = try #require(try claim())
    #expect(try database.release(job, retryAt: now + 5, countsAsFailure: true, isDear: true, error: "broken"))
    let (second, document) = (try upload(ann, at: now + 6), try upload(ann, .pdf, at: now + 6))
    let order = try (0..<3).map { _ in try claim(after: 10)?.file }
    #expect(order == [second, document, first])
  }

  @Test func `a job stored by an older program is claimed too, and counts for its owner`() throws {
    let ann = try user("ann")
    let file = try upload(ann)
    try database.raw("UPDATE jobs SET user_id = ''")
    let job = try #require(try claim())
    #expect(job.file == file && job.user == ann)
  }

  @Test func `threads of two processes that claim at once claim each job once`() throws {
    for name in ["ann", "eve", "kim"] { for _ in 0..<20 { try upload(user(name)) } }
    let taken = Counter()
    try onThreads(8) { _ in
      let database = try fixture.another()
      while try database.leaseJob(seconds: 600, at: DatabaseFixture.epoch + 1) != nil { taken.increment() }
    }
    #expect(taken.value == 60)
  }

  /// Creates `count` due jobs of the user by SQL, for a long queue.
  private func flood(_ user: UserID, _ count: Int) throws {
    try database.raw(
      """
      INSERT INTO files (id, user_id, filename, content_type, claimed_size, visibility, state, raw_key, held_bytes,
        created_at, expires_at)
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
      SELECT '0190163d-8694-739b-aea5-' || substr(CAST(1000000000000 + n AS TEXT), 2), '\(user)', 'a', 'application/pdf', 1, 'private', 'received',
        'k' || n, 1, 0, 0 FROM numbers
      """
    )
    try database.raw(
      """
      INSERT INTO jobs (kind, file_id, user_id, cost, state, due_at, created_at)
      SELECT 'process', id, user_id, 2, 'queued', 0, 0 FROM files WHERE user_id = '\(user)'
      """
    )
    // PostgreSQL's autovacuum does this within a minute, and the planner needs it.
    if PostgreSQLDatabase.server != nil { try database.raw("ANALYZE") }
  }

  @Test func `a claim reads users, and not every job of a user`() throws {
    let (eve, ann) = (try user("eve"), try user("ann"))
    func seconds() throws -> Double {
      let start = ContinuousClock.now
      for _ in 0..<200 { #expect(try database.leaseJob(sparing: eve, seconds: 600, at: now) == nil) }
      for _ in 0..<20 { #expect(try database.leaseJob(sparing: ann, seconds: 600, at: now)?.user == eve) }
      return start.duration(to: .now) / .seconds(1)
    }
    try flood(eve, 100)
    let few = try seconds()
    try database.raw("DELETE FROM jobs")
    try database.raw("DELETE FROM files")
    try flood(eve, 50_000)
    let many = try seconds()
    print("claims: \(few) s with 100 jobs, \(many) s with 50,000")
    #expect(many < few * 5)
  }
}
