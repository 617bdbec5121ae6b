import Core
import Database
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// The walk over users and files; `AgedDeletionTests` has the decision about one file.
@Suite struct CleanupTests {
  private static let start = Date(timeIntervalSince1970: 1_800_000_000)
  private static let due = start + 365 * 86_400

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let cleanup: Cleanup

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    cleanup = Cleanup(database: database, rule: RetentionRule())
  }

  private func user(_ name: String, _ plan: Plan = .standard, files count: Int = 0) throws -> UserID {
    let user = try #require(UserID(name))
    _ = try database.user(user, plan: plan, quotaBytes: 1_000_000_000, at: Self.start)
    for _ in 0..<count { _ = try ready(user) }
    return user
  }

  @discardableResult
  private func ready(_ user: UserID, at now: Date = start) throws -> FileID {
    let claim = try UploadClaim(filename: "a.pdf", size: 100, contentType: "application/pdf", policy: UploadPolicy())
    let key = RawKey(user: user, file: FileID(at: now), type: .pdf)
    try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: now + 900), at: now) == .reserved)
    _ = try database.enqueue(for: [key.file], at: now)
    let job = try #require(try database.leaseJob(.process, of: key.file, seconds: 60, at: now))
    _ = try database.receive(key.file, at: now)
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
    let publication = Publication(versionID: "v", size: 100, sha256: digest, variants: [])
    try #require(try database.publish(publication, under: job, at: now))
    try #require(try database.finish(job, at: now))
    return key.file
  }

  private func count(_ user: UserID, _ state: FileState) throws -> Int {
    try database.holdings(of: user).first { $0.state == state }?.count ?? 0
  }

  private func another() throws -> Cleanup {
    Cleanup(database: try FileDatabase(path: folder.file("stowage.sqlite"), busySeconds: 30), rule: RetentionRule())
  }

  @Test func `a run deletes what is due, names each owner, and does nothing the second time`() throws {
    let ann = try user("ann", files: 3)
    let ben = try user("ben", .premium, files: 2)
    let eve = try user("eve", files: 1)
    try ready(eve, at: Self.start + 1)
    var shares: [Cleanup.Share] = []
    let planned = try cleanup.run(nil, at: Self.due, report: { shares.append($0) })
    #expect(planned.files == 4 && planned.users == 2 && planned.bytes == 400 && shares.map(\.files) == [3, 1])
    #expect(try count(ann, .ready) == 3)
    shares = []
    #expect(try cleanup.run("r", at: Self.due, report: { shares.append($0) }) == planned)
    #expect(shares.map(\.user) == [ann, eve] && shares.map(\.bytes) == [300, 100])
    #expect(try count(ann, .deleted) == 3 && count(ben, .ready) == 2 && count(eve, .ready) == 1)
    #expect(try cleanup.run("s", at: Self.due) == Cleanup.Tally())
    #expect(try database.cleanupRuns(limit: 9).map(\.id) == ["r"])
    #expect(try cleanup.run("t", at: Self.due + 1).files == 1)
  }

  @Test func `limit and user restrict a run, and never deletes nothing`() throws {
    let ann = try user("ann", files: 120)
    let eve = try user("eve", files: 2)
    #expect(try cleanup.run("r", of: eve, at: Self.due).files == 2)
    #expect(try cleanup.run(nil, limit: 70, at: Self.due).files == 70)
    #expect(try cleanup.run("r", limit: 70, at: Self.due).files == 70)
    #expect(try count(ann, .ready) == 50)
    let never = Cleanup(database: database, rule: RetentionRule(days: nil))
    #expect(try never.run("r", at: .distantFuture) == Cleanup.Tally() && never.daily(at: Self.due) == nil)
    let nobody = try #require(UserID("nobody"))
    #expect(try cleanup.run("r", of: nobody, at: Self.due).files == 0)
  }

  @Test func `a run that is stopped between two transactions can be repeated`() throws {
    let ann = try user("ann", files: 130)
    for _ in 0..<3 {
      let calls = Mutex(0)
      _ = try cleanup.run(
        "r",
        at: Self.due,
        while: {
          calls.withLock {
            $0 += 1; return $0 < 3
          }
        }
      )
    }
    #expect(try count(ann, .deleted) >= 100)
    _ = try cleanup.run("r", at: Self.due)
    #expect(try count(ann, .deleted) == 130 && database.cleanupRun("r")?.files == 130)
  }

  @Test func `the daily run goes on part by part, also in another worker, and rests for a day`() throws {
    let users = try ["a", "b", "c"].map { try user($0, files: 60) }
    let other = try another()
    var parts: [Cleanup.Part] = []
    var now = Self.due
    while let part = try (parts.count.isMultiple(of: 2) ? cleanup : other).daily(at: now, deletions: 25) {
      parts.append(part)
      now += 60
    }
    #expect(parts.reduce(0) { $0 + $1.tally.files } == 180 && parts.allSatisfy { $0.tally.files <= 25 })
    #expect(Set(parts.map(\.run)).count == 1 && parts.map(\.isLast).last == true && parts.filter(\.isLast).count == 1)
    for user in users { #expect(try count(user, .deleted) == 60) }
    #expect(try database.cleanupRun(parts[0].run)?.files == 180)
    #expect(try other.daily(at: Self.due + 86_399) == nil)
    #expect(try other.daily(at: Self.due + 86_400)?.isLast == true)
  }

  @Test func `after a worker was killed in a part, another one continues it`() throws {
    let ann = try user("ann", files: 60)
    #expect(try database.claim(.cleanup, every: Cleanup.period, seconds: Cleanup.leaseSeconds, at: Self.due) != nil)
    #expect(try cleanup.daily(at: Self.due + Cleanup.leaseSeconds - 1) == nil)
    let part = try #require(try cleanup.daily(at: Self.due + Cleanup.leaseSeconds))
    #expect(part.isLast && part.run == Cleanup.run(at: Self.due, "daily"))
    #expect(try count(ann, .deleted) == 60)
  }

  @Test func `two runs at the same time delete each file once`() throws {
    let ann = try user("ann", files: 300)
    let other = try another()
    let sum = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 2) { side in
      let done = try? (side == 0 ? cleanup : other).run("r\(side)", at: Self.due)
      sum.withLock { $0 += done?.files ?? -1000 }
    }
    #expect(sum.withLock { $0 } == 300)
    #expect(try count(ann, .deleted) == 300 && database.recountQuotas().isEmpty)
  }

  @Test func `a large user is walked page by page within the budget of files`() throws {
    let ann = try user("ann", files: Cleanup.pageSize + 20)
    var now = Self.start
    var parts = 0
    while let part = try cleanup.daily(at: now, files: 100) {
      parts += 1
      #expect(part.tally.files == 0)
      now += 1
    }
    #expect(parts >= 2)
    #expect(try cleanup.run("r", at: Self.due).files == Cleanup.pageSize + 20)
    #expect(try count(ann, .ready) == 0)
  }

  @Test func `a run has a name that sorts by time and that a shell takes`() {
    #expect(Cleanup.run(at: Self.start, "daily") == "20270115T080000Z-daily")
  }
}
