import Core
import Database
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct RandomWalkTests {
  @Test(arguments: 0..<3)
  func `in every race the quota columns equal the sum of the files, and stay within the quota`(_ round: Int) throws {
    let fixture = try DatabaseFixture()
    let users = try (0..<3).map { try fixture.makeUser("user\($0)", quota: 2000) }
    let walk = Walk(users)
    try onThreads(4) { index in
      let database = index.isMultiple(of: 2) ? fixture.database : try fixture.another()
      var random = Seeded("walk \(round).\(index)")
      for _ in 0..<250 { try walk.step(on: database, using: &random) }
    }
    #expect(try fixture.database.recountQuotas().isEmpty)
    for user in users {
      let record = try #require(try fixture.database.user(user))
      #expect(record.usedBytes + record.reservedBytes <= record.quotaBytes)
    }
    #expect(walk.transitions >= 100, "the walk hardly moved: \(walk.transitions)")
  }
}

/// Makes random transitions of random files of a few users, at times that jump.
private final class Walk: Sendable {
  private let users: [UserID]
  private let files = Mutex<[(file: FileID, user: UserID)]>([])
  private let moved = Counter()

  init(_ users: [UserID]) { self.users = users }

  var transitions: Int { moved.value }

  func step(on database: FileDatabase, using random: inout Seeded) throws {
    let now = DatabaseFixture.epoch + Double.random(in: 0...3000, using: &random)
    let recent = files.withLock { $0.suffix(12) }
    guard Int.random(in: 0..<5, using: &random) > 0, let (file, user) = recent.randomElement(using: &random) else {
      return try reserve(on: database, at: now, using: &random)
    }
    if try transition(file, of: user, on: database, at: now, using: &random) { moved.increment() }
  }

  private func reserve(on database: FileDatabase, at now: Date, using random: inout Seeded) throws {
    guard let user = users.randomElement(using: &random) else { return }
    let upload = try newUpload(user, size: .random(in: 1...400, using: &random), at: now)
    guard try database.reserve(upload, at: now) == .reserved else { return }
    files.withLock { $0.append((upload.key.file, user)) }
    _ = try database.enqueue(for: [upload.key.file], at: DatabaseFixture.epoch)
  }

  private func transition(
    _ file: FileID,
    of user: UserID,
    on database: FileDatabase,
    at now: Date,
    using random: inout Seeded
  ) throws -> Bool {
    switch Int.random(in: 0..<9, using: &random) {
    case 0: try database.receive(file, at: now)
    case 1: try database.expire(file, expiredBy: now)
    case 2: try database.abort(file, of: user)
    case 3: try database.delete(file, of: user, at: now)
    case 4: try database.restore(file, of: user, variants: [], deletedAfter: now - 500, at: now)
    case 5: try database.beginPurge(file, deletedBy: now, at: now)
    case 6: try database.finishPurge(file)
    default: try work(on: database, at: now, using: &random)
    }
  }

  private func work(on database: FileDatabase, at now: Date, using random: inout Seeded) throws -> Bool {
    guard let job = try database.leaseJob(seconds: .random(in: 1...500, using: &random), at: now) else { return false }
    let record = try database.record(job.file)
    if record.state == .pending { _ = try database.receive(job.file, at: now) }
    let end = now + .random(in: 0...300, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return try database.reject(.unreadable, under: job, at: end)
    case 1: return try database.release(job, retryAt: end, countsAsFailure: true, error: "again")
    case 2: return false
    default:
      let size = Int64.random(in: 1...record.claimedSize, using: &random)
      return try database.publish(publication(of: job.file, record.user, size: size), under: job, at: end)
    }
  }
}
