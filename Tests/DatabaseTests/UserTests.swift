import Core
import Foundation
import TestSupport
import Testing

@testable import Database

@Suite struct UserTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  private func id(_ name: String) throws -> UserID { try #require(UserID(name)) }

  @Test func `pages of users follow each other without a gap, whatever their names contain`() throws {
    let names = ["-a", ".b", "0", "@", "A", "Z", "_", "a", "a-", "a.", "a0", "aA", "aa", "z@example.com"]
    var random = Seeded("names of users")
    for name in names.shuffled(using: &random) { try fixture.makeUser(name) }
    var found: [String] = []
    var last: UserID?
    repeat {
      let page = try database.users(after: last, limit: 3)
      found += page.map(\.id.description)
      last = page.count == 3 ? page.last?.id : nil
    } while last != nil
    #expect(found == names)
    #expect(try database.userCount() == names.count)
  }

  @Test func `users with the most bytes come first, uploads in progress included`() throws {
    for (name, size) in [("a", Int64(10)), ("b", 300), ("c", 20), ("d", 300)] {
      _ = try database.makePending(try fixture.makeUser(name), size: size)
    }
    #expect(try database.largestUsers(limit: 3).map(\.id.description) == ["b", "d", "c"])
  }

  @Test func `a change affects the given members, returns the old values, and a repetition changes nothing`() throws {
    let user = try fixture.makeUser(quota: 1000)
    _ = try database.makePending(user, size: 100)
    let change = try #require(try database.change(user, plan: nil, quotaBytes: 50, at: DatabaseFixture.epoch))
    #expect(change.before?.quotaBytes == 1000 && change.after.quotaBytes == 50)
    #expect(change.after.plan == .standard && change.after.reservedBytes == 100)
    let second = try #require(try database.change(user, plan: .premium, quotaBytes: nil, at: DatabaseFixture.epoch))
    #expect(second.before == change.after && second.after.plan == .premium && second.after.quotaBytes == 50)
    let third = try #require(try database.change(user, plan: .premium, quotaBytes: 50, at: DatabaseFixture.epoch))
    #expect(third.before == third.after)
  }

  @Test func `a quota below the bytes in use refuses new files, and keeps existing ones`() throws {
    let user = try fixture.makeUser(quota: 1000)
    let file = try database.makePending(user, size: 400)
    _ = try database.change(user, plan: nil, quotaBytes: 100, at: DatabaseFixture.epoch)
    #expect(try database.reserve(newUpload(user, size: 1), at: DatabaseFixture.epoch) == .noRoom(available: 0))
    #expect(try database.receive(file, at: DatabaseFixture.epoch))
    _ = try database.change(user, plan: nil, quotaBytes: 401, at: DatabaseFixture.epoch)
    #expect(try database.reserve(newUpload(user, size: 1), at: DatabaseFixture.epoch) == .reserved)
  }

  @Test func `a change creates a user only if asked to, with the defaults`() throws {
    let bob = try id("bob")
    #expect(try database.change(bob, plan: .premium, quotaBytes: 7, at: DatabaseFixture.epoch) == nil)
    #expect(try database.user(bob) == nil)
    let defaults = AccountDefaults(plan: .standard, quotaBytes: 12_345)
    let change = try database.change(
      bob,
      plan: .premium,
      quotaBytes: nil,
      orMakeWith: defaults,
      at: DatabaseFixture.epoch
    )
    let made = try #require(change)
    #expect(made.before == nil && made.after.plan == .premium && made.after.quotaBytes == 12_345)
    #expect(try database.user(bob, plan: .standard, quotaBytes: 1, at: DatabaseFixture.epoch) == made.after)
  }

  @Test func `a change of the plan, and only that, makes the tags of the user's objects due`() throws {
    let user = try fixture.makeUser()
    func change(_ plan: Plan?, second: Double) throws -> UserRecord? {
      try database.change(user, plan: plan, quotaBytes: 7, at: DatabaseFixture.epoch + second)?.after
    }
    let unchanged = try #require(try change(.standard, second: 1))
    #expect(unchanged.standardSince == nil && unchanged.retagSince == nil)
    let premium = try #require(try change(.premium, second: 2))
    #expect(premium.standardSince == nil && premium.retagSince == DatabaseFixture.epoch + 2)
    #expect(try change(nil, second: 3)?.retagSince == DatabaseFixture.epoch + 2)
    let standard = try #require(try change(.standard, second: 4))
    #expect(standard.standardSince == DatabaseFixture.epoch + 4 && standard.retagSince == DatabaseFixture.epoch + 4)
    #expect(try change(.standard, second: 5)?.standardSince == DatabaseFixture.epoch + 4)
    #expect(try change(.premium, second: 6)?.standardSince == nil)
  }

  @Test func `eight simultaneous changes that create a user create one`() throws {
    let bob = try id("bob")
    try onThreads(8) { number in
      let database = number.isMultiple(of: 2) ? fixture.database : try fixture.another()
      let quota = Int64(number + 1)
      _ = try database.change(
        bob,
        plan: nil,
        quotaBytes: quota,
        orMakeWith: AccountDefaults(),
        at: DatabaseFixture.epoch
      )
    }
    #expect((1...8).contains(try #require(try database.user(bob)).quotaBytes))
    #expect(try database.userCount() == 1)
  }

  @Test func `a user's holdings are files by state, with their bytes`() throws {
    let user = try fixture.makeUser()
    let other = try fixture.makeUser("other")
    _ = try database.makePending(other)
    #expect(try database.holdings(of: user).isEmpty)
    for size in [Int64(10), 20] { _ = try database.makePending(user, size: size) }
    #expect(try database.abort(try database.makePending(user), of: user))
    let holdings = try database.holdings(of: user)
    #expect(holdings.map(\.state) == [.aborted, .pending])
    #expect(holdings.map(\.count) == [1, 2] && holdings.map(\.heldBytes) == [0, 30])
  }
}
