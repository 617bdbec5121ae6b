import Core
import Foundation
import Testing

@testable import Database

@Suite struct UsageHistoryTests: UsageSuite {
  let fixture: DatabaseFixture
  private let day: TimeInterval = 86_400

  init() throws { fixture = try DatabaseFixture(quota: 1000) }

  /// Collects these bytes per user on the day.
  private func collect(_ bytes: [String: Int64], day number: Int, limit: Int = 500) throws {
    let now = now + Double(number) * day
    let run = try claim(at: now)
    for (user, size) in bytes { try add(batch(user, sizes: [size]), to: run, at: now) }
    try finish(run, limit: limit, at: now)
  }

  private var first: Int { Int(now.timeIntervalSince1970 / day) }

  @Test func `the history of a user has a record for each change, and zero after the last object`() throws {
    try collect(["ann": 5, "bob": 1], day: 0)
    try collect(["ann": 5, "bob": 1], day: 1)
    try collect(["ann": 7, "bob": 1], day: 2)
    try collect(["bob": 1], day: 3)
    try collect(["bob": 1], day: 4)
    let ann = try database.usageDays(of: user, from: 0, to: .max)
    #expect(ann.map(\.day) == [first, first + 2, first + 3] && ann.map(\.bytes) == [5, 7, 0])
    #expect(ann.map(\.objects) == [1, 1, 0])
    #expect(try database.raw("SELECT COUNT(*) FROM usage_user_days WHERE user_id = 'bob'") == ["1"])
    // The record that holds on the first day belongs to the answer.
    #expect(try database.usageDays(of: user, from: first + 1, to: first + 1).map(\.bytes) == [5])
    #expect(try database.usageDays(of: user, from: first + 3, to: first + 9).map(\.bytes) == [0])
    let days = try database.usageDays(from: first, to: first + 9)
    #expect(days.map(\.count.bytes) == [6, 6, 8, 1, 1])
  }

  @Test func `a second collection of the same day replaces the record, back to the earlier value too`() throws {
    try collect(["ann": 5], day: 0)
    try collect(["ann": 7], day: 1)
    try collect(["ann": 5], day: 1)
    #expect(try database.usageDays(of: user, from: 0, to: .max).map(\.bytes) == [5, 5])
    try collect(["bob": 5], day: 1)
    #expect(try database.usageDays(of: user, from: 0, to: .max).map(\.bytes) == [5, 0])
  }

  @Test func `the history is recorded in ranges of users, the same for every size of a range`() throws {
    let users = Dictionary(uniqueKeysWithValues: (0..<25).map { ("user\($0)", Int64($0 + 1)) })
    try collect(users, day: 0, limit: 4)
    #expect(try database.raw("SELECT SUM(bytes) FROM usage_user_days") == ["325"])
    try collect(users.filter { $0.key < "user2" }, day: 1, limit: 3)
    let gone = try database.raw("SELECT COUNT(*) FROM usage_user_days WHERE bytes = 0")
    #expect(gone == ["\(users.count { $0.key >= "user2" })"])
  }

  @Test func `records older than 400 days go, but one stays to tell what held then`() throws {
    for (number, bytes) in [1, 2, 3, 4].enumerated() { try collect(["ann": Int64(bytes)], day: number) }
    try collect(["ann": 5], day: 402)
    let left = try database.usageDays(of: user, from: 0, to: .max)
    #expect(left.map(\.bytes) == [3, 4, 5])
    #expect(try database.usageDays(of: user, from: first + 2, to: first + 2).map(\.bytes) == [3])
  }

  @Test func `an erased user leaves no usage behind, in no collection`() throws {
    try collect(["ann": 5, "bob": 1], day: 0)
    let run = try claim(at: now + day)
    try add(batch("ann", sizes: [5]), to: run, at: now + day)
    try #require(try database.beginErasure(of: user, at: now))
    try #require(try database.erase(user))
    for table in ["usage_users", "usage_counts", "usage_user_days"] {
      #expect(try database.raw("SELECT COUNT(*) FROM \(table) WHERE user_id = 'ann'") == ["0"], "\(table)")
    }
    #expect(try database.usageOfUsers(largest: 9).map(\.user.description) == ["bob"])
  }

  @Test func `the largest of 300,000 users are found by the index, in milliseconds`() throws {
    let run = try claim(at: now)
    try database.raw(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
      INSERT INTO usage_users (generation, user_id, objects, bytes)
      SELECT \(run.generation), 'user' || i, 1, (CAST(i AS BIGINT) * 7919) % 1000003 FROM n
      """
    )
    try #require(try database.publish(run, at: now))
    let clock = ContinuousClock()
    var users: [UserUsage] = []
    let time = try clock.measure { users = try database.usageOfUsers(largest: 100) }
    #expect(users.count == 100 && zip(users, users.dropFirst()).allSatisfy { $0.bytes >= $1.bytes })
    #expect(time < .milliseconds(250), "\(time)")
    let plan = try database.plan(of: UsageReadStatement.largest.rawValue)
    #expect(plan.contains("usage_users_largest") && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
  }
}
