import Core
import Database
import Foundation
import Testing

@testable import Catalog

@Suite struct UserCatalogTests {
  private let fixture: CatalogFixture
  private let catalog: UserCatalog

  init() throws {
    fixture = try CatalogFixture()
    catalog = UserCatalog(database: fixture.database, defaults: AccountDefaults(plan: .standard, quotaBytes: 777))
  }

  private func id(_ name: String) throws -> UserID { try #require(UserID(name)) }

  private func change(
    _ name: String,
    plan: String? = nil,
    quota: Int64? = nil,
    orMake: Bool = false
  ) throws -> UserDescription {
    try catalog.change(id(name), plan: plan, quotaBytes: quota, orMake: orMake, at: .now)
  }

  @Test func `a user's record counts files by state, a list of users does not`() throws {
    _ = try fixture.pending()
    let user = try catalog.user(fixture.user)
    #expect(user.plan == "standard" && user.quotaBytes == 1_000_000 && user.reservedBytes == 100 && user.usedBytes == 0)
    #expect(user.openUploads == 1 && user.files?["pending"]?.count == 1 && user.files?["pending"]?.heldBytes == 100)
    let listed = try #require(try catalog.users(after: nil, limit: 10).users.first)
    #expect(listed.id == "ann" && listed.files == nil && listed.openUploads == nil)
  }

  @Test func `a user whose plan changed has the files with tags to change, for programs`() throws {
    _ = try fixture.ready()
    _ = try change("ann", plan: "premium")
    let record = try #require(try fixture.database.user(fixture.user))
    let progress = try fixture.database.retagProgress(of: fixture.user)
    #expect(record.retagSince != nil && progress.total == 1)
    let text = String(decoding: try JSONEncoder().encode(UserDescription(record, [], progress)), as: UTF8.self)
    #expect(text.contains(#""retagging":{"#) && text.contains(#""total":1"#), "\(text)")
  }

  @Test func `usage shows the bytes that deleted files will release, and all other bytes in use`() throws {
    _ = try fixture.pending()
    _ = try fixture.ready()
    let deleted = try fixture.ready()
    try #require(try fixture.database.delete(deleted, of: fixture.user, at: .now))
    let usage = try catalog.usage(of: fixture.user, at: .now)
    #expect(usage.usedBytes == 198 && usage.reservedBytes == 100 && usage.reclaimableBytes == 99)
    #expect(usage.quotaBytes == 1_000_000 && usage.plan == "standard")
    #expect(usage.files.mapValues(\.count) == ["pending": 1, "ready": 1, "deleted": 1])
    #expect(usage.files["deleted"]?.heldBytes == 99)
    try #require(try fixture.database.beginPurge(deleted, deletedBy: .now + 1, at: .now + 1))
    #expect(try catalog.usage(of: fixture.user, at: .now).reclaimableBytes == 99, "until it is done")
    try #require(try fixture.database.finishPurge(deleted))
    let purged = try catalog.usage(of: fixture.user, at: .now)
    #expect(purged.reclaimableBytes == 0 && purged.usedBytes == 99)
    #expect(try catalog.usage(of: id("bob"), at: .now).usedBytes == 0)
  }

  @Test func `a change sets the given plan or quota, and keeps the rest`() throws {
    #expect(try change("ann", plan: "premium").quotaBytes == 1_000_000)
    let lowered = try change("ann", quota: 0)
    #expect(lowered.plan == "premium" && lowered.quotaBytes == 0)
    #expect(try change("ann", quota: 1 << 50).quotaBytes == 1 << 50)
  }

  @Test func `an unknown user is not found, and is created if the change allows it`() throws {
    #expect(throws: StorageError.notFound) { try catalog.user(id("bob")) }
    #expect(throws: StorageError.notFound) { try change("bob", plan: "premium") }
    let made = try change("bob", plan: "premium", orMake: true)
    #expect(made.plan == "premium" && made.quotaBytes == 777)
    #expect(try change("bob", quota: 5).plan == "premium")
    #expect(try change("cat", orMake: true).plan == "standard")
  }

  @Test(
    arguments: [(nil, nil), ("Premium", nil), ("", nil), ("gold", 5), (nil, -1), (nil, 1 << 50 + 1), (nil, .min)]
      as [(String?, Int64?)]
  ) func `a change with an invalid value is refused, and changes nothing`(plan: String?, quota: Int64?) throws {
    let before = try fixture.database.user(fixture.user)
    #expect {
      try change("ann", plan: plan, quota: quota)
    } throws: { error in
      if case .invalidRequest? = error as? StorageError { true } else { false }
    }
    #expect(try fixture.database.user(fixture.user) == before)
  }

  @Test func `a page has a marker for the next one, except the last page`() throws {
    for name in ["bob", "cat", "dan"] { _ = try change(name, plan: "standard", orMake: true) }
    let first = try catalog.users(after: nil, limit: 2)
    #expect(first.users.map(\.id) == ["ann", "bob"] && first.next == "bob")
    let second = try catalog.users(after: id("bob"), limit: 2)
    #expect(second.users.map(\.id) == ["cat", "dan"] && second.next == nil)
  }
}
