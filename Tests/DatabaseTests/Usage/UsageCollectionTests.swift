import Core
import Database
import Foundation
import Testing

@Suite struct UsageCollectionTests: UsageSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1000) }

  @Test func `before the first whole collection there is nothing, and no half`() throws {
    let empty = try database.usageCollection(at: now)
    #expect(empty.latest == nil && empty.underWay == nil && empty.holder == nil && empty.failed == nil)
    let run = try claim(at: now)
    try add(batch("ann", sizes: [5, 6]), to: run, at: now)
    #expect(try database.usageCounts().isEmpty && database.usageOfUsers(largest: 9).isEmpty)
    #expect(try database.usageCohorts().isEmpty && database.usageDays(from: 0, to: .max).isEmpty)
    let status = try database.usageCollection(at: now)
    #expect(status.underWay?.entries == 2 && status.underWay?.bytes == 11 && status.latest == nil)
    #expect(status.holder?.name == "worker on a" && status.holder?.until == now + 60)
  }

  @Test func `a whole collection shows sums of all its batches`() throws {
    let run = try claim(at: now)
    try add(batch("ann", sizes: [5, 6]), to: run, at: now)
    try add(batch("ann", sizes: [7]), to: run, at: now)
    try add(batch("bob", sizes: [100], kind: .noncurrent, day: 19_999), to: run, at: now)
    try finish(run, at: now + 3)
    let counts = try database.usageCounts()
    #expect(counts.map(\.kind) == [.current, .noncurrent] && counts.map(\.objects) == [3, 1])
    #expect(counts.map(\.bytes) == [18, 100] && counts.allSatisfy { $0.user == nil })
    let users = try database.usageOfUsers(largest: 9)
    #expect(users.map(\.user.description) == ["bob", "ann"] && users.map(\.bytes) == [100, 18])
    #expect(try database.usageOfUsers(largest: 1).count == 1)
    let own = try database.usage(of: user)
    #expect(own.count == 1 && own[0].bytes == 18 && own[0].objects == 3 && own[0].user == user)
    let cohorts = try database.usageCohorts()
    #expect(cohorts.map(\.day) == [20_000, 19_999] && cohorts.map(\.smallBytes) == [18, 100])
    let latest = try #require(try database.usageCollection(at: now).latest)
    #expect(latest.beganAt == now && latest.endedAt == now + 3 && latest.requests == 3 && latest.workedSeconds == 0.03)
    let days = try database.usageDays(from: run.day, to: run.day)
    #expect(days.map(\.count) == counts && days.allSatisfy { $0.day == run.day })
    #expect(try database.usageDays(from: run.day + 1, to: .max).isEmpty)
  }

  @Test func `the last whole collection stays until the next one is whole, and its counts go then`() throws {
    let first = try claim(at: now)
    try add(batch("ann", sizes: [5]), to: first, at: now)
    try finish(first, at: now)
    let second = try claim(at: now + 10)
    try add(batch("bob", sizes: [9, 9]), to: second, at: now + 10)
    #expect(try database.usageOfUsers(largest: 9).map(\.user.description) == ["ann"])
    #expect(try !database.discardUsage() && database.usageCounts().map(\.bytes) == [5])
    try finish(second, at: now + 20)
    #expect(try database.usageOfUsers(largest: 9).map(\.user.description) == ["bob"])
    while try database.discardUsage(limit: 1) {}
    for table in ["usage_users", "usage_counts", "usage_cohorts", "usage_collections"] {
      #expect(try database.raw("SELECT DISTINCT generation FROM \(table)") == ["\(second.generation)"], "\(table)")
    }
    // Both were collected on the same day: the later one counts.
    #expect(try database.usageDays(from: 0, to: .max).map(\.count.bytes) == [18])
  }

  @Test func `one process works at a time, and others are told which`() throws {
    let run = try claim(at: now)
    let refused = try database.claimUsage(for: "b", every: 0, seconds: 60, at: now + 59)
    #expect(refused == .held(by: UsageHolder(name: "worker on a", until: now + 60)))
    // Each batch extends the claim.
    try add(batch("ann", sizes: [1]), to: run, position: "here", at: now + 50)
    #expect(try database.claimUsage(for: "b", every: 0, seconds: 60, at: now + 100) != .notDue)
    let taken = try claim("b", at: now + 110)
    #expect(taken.generation == run.generation && taken.position == "here" && taken.beganAt == now)
    #expect(taken.progress.entries == 1)
    // The first one comes too late with everything.
    #expect(try !database.add(batch("ann", sizes: [1]), to: run, position: "x", seconds: 60, at: now + 111))
    #expect(try !database.publish(run, at: now + 111) && !database.giveUp(run, because: "no"))
    let step = try database.recordUsers(of: run, ofVanished: false, after: "", seconds: 60, at: now)
    #expect(step == .lost)
    try database.leave(run)
    try finish(taken, at: now + 112)
    #expect(try database.usageOfUsers(largest: 9).map(\.bytes) == [1])
  }

  @Test func `a holder that is known to have ended is replaced at once, another one is not`() throws {
    let run = try claim("stowage 7 on a", at: now)
    try add(batch("ann", sizes: [1]), to: run, position: "here", at: now)
    let other = try database.claimUsage(for: "c", every: 0, seconds: 60, replacing: "stowage 8 on a", at: now + 1)
    #expect(other == .held(by: UsageHolder(name: "stowage 7 on a", until: now + 60)))
    let claim = try database.claimUsage(for: "c", every: 0, seconds: 60, replacing: "stowage 7 on a", at: now + 1)
    guard case .claimed(let taken) = claim else { throw Unclaimed(claim: claim) }
    #expect(taken.position == "here" && taken.generation == run.generation)
    #expect(try !database.publish(run, at: now + 2))
  }

  @Test func `a collection that was left goes on, whatever the period; the next one waits for it`() throws {
    let run = try claim(at: now)
    try add(batch("ann", sizes: [1]), to: run, position: "here", at: now)
    try database.leave(run)
    #expect(try database.usageCollection(at: now).holder == nil)
    let again = try claim("b", every: 86_400, at: now + 1)
    #expect(again.position == "here")
    try finish(again, at: now + 2)
    #expect(try database.claimUsage(for: "b", every: 86_400, seconds: 60, at: now + 86_399) == .notDue)
    #expect(try claim("b", every: 86_400, at: now + 86_400).generation == run.generation + 1)
  }

  @Test func `a collection that was given up leaves the last whole one in force and says why`() throws {
    let first = try claim(at: now)
    try add(batch("ann", sizes: [5]), to: first, at: now)
    try finish(first, at: now)
    let second = try claim(at: now + 10)
    try add(batch("bob", sizes: [9]), to: second, at: now + 10)
    try #require(try database.giveUp(second, because: "data/1.csv.gz is cut"))
    let status = try database.usageCollection(at: now + 11)
    #expect(status.latest?.generation == first.generation && status.underWay == nil && status.holder == nil)
    #expect(status.failed?.failure == "data/1.csv.gz is cut")
    while try database.discardUsage() {}
    #expect(try database.raw("SELECT COUNT(*) FROM usage_users WHERE generation = \(second.generation)") == ["0"])
    let third = try claim(at: now + 20)
    #expect(third.position.isEmpty && third.progress.entries == 0 && third.generation == second.generation + 1)
    try finish(third, at: now + 21)
    #expect(try database.usageCollection(at: now + 22).failed == nil)
  }
}
