import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Database

/// Several nodes at one database.
@Suite struct RaceTests {
  private static let rounds = LongRun.isWanted ? 100 : 5

  @Test func `of 200 claims from three nodes, with room for 10, exactly 10 succeed`() throws {
    let fixture = try DatabaseFixture()
    let nodes = try (0..<3).map { _ in try fixture.another() }
    for round in 0..<Self.rounds {
      let user = try fixture.makeUser("user\(round)", quota: 1000)
      let outcomes = Mutex<[Reservation]>([])
      try onThreads(20) { thread in
        for _ in 0..<10 {
          let outcome = try nodes[thread % 3].reserve(newUpload(user), at: DatabaseFixture.epoch)
          outcomes.withLock { $0.append(outcome) }
        }
      }
      #expect(outcomes.withLock { $0.count { $0 == .reserved } } == 10)
      #expect(try fixture.database.quota(user) == [0, 1000])
    }
    #expect(try fixture.database.recountQuotas().isEmpty)
  }

  @Test func `workers of three nodes never have the same job`() throws {
    let fixture = try DatabaseFixture()
    let users = try (0..<5).map { try fixture.makeUser("user\($0)", quota: 1_000_000) }
    let files = try (0..<60).map { number in
      let file = try fixture.database.makePending(users[number % 5])
      _ = try fixture.database.enqueue(for: [file], at: DatabaseFixture.epoch)
      return file
    }
    let nodes = try (0..<3).map { _ in try fixture.another() }
    let claimed = Mutex<[FileID]>([])
    try onThreads(6) { thread in
      let database = nodes[thread % 3]
      var misses = 0
      while misses < 20 {
        guard let job = try database.leaseJob(seconds: 60, at: DatabaseFixture.epoch + 1) else {
          misses += 1
          continue
        }
        claimed.withLock { $0.append(job.file) }
        #expect(try database.finish(job, at: DatabaseFixture.epoch + 1))
      }
    }
    #expect(
      claimed.withLock { $0.sorted { $0.description < $1.description } }
        == files.sorted { $0.description < $1.description }
    )
  }
}
