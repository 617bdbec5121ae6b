import Core
import Foundation
import Synchronization
import Testing

@testable import Database

@Suite struct QuotaTests {
  @Test func `of 200 simultaneous uploads with quota for 10, exactly 10 are reserved`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser(quota: 1099)
    let reserved = Counter()
    try onThreads(4) { _ in
      let database = try fixture.another()
      try onThreads(10) { _ in
        for _ in 0..<5 where try database.reserve(newUpload(user), at: DatabaseFixture.epoch) == .reserved {
          reserved.increment()
        }
      }
    }
    #expect(reserved.value == 10)
    #expect(try fixture.database.quota(user) == [0, 1000])
    #expect(try fixture.database.reserve(newUpload(user), at: DatabaseFixture.epoch) == .noRoom(available: 99))
    #expect(try fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a file of exactly the remaining quota fits, one byte more does not`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser(quota: 100)
    #expect(
      try fixture.database.reserve(newUpload(user, size: 101), at: DatabaseFixture.epoch) == .noRoom(available: 100)
    )
    #expect(try fixture.database.reserve(newUpload(user, size: 100), at: DatabaseFixture.epoch) == .reserved)
    #expect(try fixture.database.reserve(newUpload(user, size: 1), at: DatabaseFixture.epoch) == .noRoom(available: 0))
  }

  @Test func `a file that cannot be stored releases its quota at once`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser()
    let upload = try newUpload(user)
    #expect(try fixture.database.reserve(upload, at: DatabaseFixture.epoch) == .reserved)
    #expect(throws: StorageError.self) { try fixture.database.reserve(upload, at: DatabaseFixture.epoch) }
    #expect(try fixture.database.quota(user) == [0, 100])
  }

  @Test func `the first upload of a user without a record creates it with the defaults`() throws {
    let fixture = try DatabaseFixture()
    let database = try FileDatabase(
      fixture.location,
      newUsers: AccountDefaults(plan: .premium, quotaBytes: 99)
    )
    let stranger = try #require(UserID("stranger"))
    #expect(try database.reserve(newUpload(stranger), at: DatabaseFixture.epoch) == .noRoom(available: 99))
    #expect(try database.user(stranger)?.plan == .premium)
  }

  @Test func `a known user keeps plan and quota, whatever the defaults are`() throws {
    let fixture = try DatabaseFixture()
    let user = try fixture.makeUser(quota: 1000)
    let later = try fixture.database.user(user, plan: .premium, quotaBytes: 5, at: DatabaseFixture.epoch + 60)
    #expect(later.plan == .standard)
    #expect(later.quotaBytes == 1000)
    #expect(later.createdAt == DatabaseFixture.epoch)
    #expect(later.availableBytes == 1000)
  }
}

/// A counter for several threads.
final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func increment() { count.withLock { $0 += 1 } }
}
