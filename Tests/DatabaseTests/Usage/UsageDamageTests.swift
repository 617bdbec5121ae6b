import Core
import Foundation
import Testing

@testable import Database

@Suite struct UsageDamageTests: UsageSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1000) }

  @Test(.sqliteAlone) func `sums that overflowed are readable, and the next collection replaces them`() throws {
    let run = try claim(at: Date(timeIntervalSince1970: 1_800_000_000))
    for day in [20_000, 20_000, 20_001] {
      try add(batch("ann", sizes: [.max], day: day), to: run, at: run.beganAt)
    }
    try finish(run, at: run.beganAt)
    let day = run.day
    #expect(try database.usageCounts().map(\.bytes) == [StoredCount.limit])
    #expect(try database.usageCohorts().allSatisfy { $0.bytes == StoredCount.limit })
    #expect(try database.usageOfUsers(largest: 9).map(\.bytes) == [StoredCount.limit])
    #expect(try database.usage(of: #require(UserID("ann"))).map(\.bytes) == [StoredCount.limit])
    #expect(try database.usageDays(from: day, to: day).map(\.count.bytes) == [StoredCount.limit])
    #expect(try database.usageDays(of: #require(UserID("ann")), from: day, to: day).map(\.bytes) == [StoredCount.limit])
    #expect(try database.usageCollection(at: run.beganAt).latest?.bytes == StoredCount.limit)

    let next = try claim(at: run.beganAt + 60)
    try add(batch("ann", sizes: [5, (1 << 33) + 1]), to: next, at: next.beganAt)
    try finish(next, at: next.beganAt)
    #expect(try database.usageCounts().map(\.bytes) == [(1 << 33) + 6])
    #expect(try database.usageDays(from: day, to: day).map(\.count.bytes) == [(1 << 33) + 6])
  }
}
