import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Database

@Suite struct RecountTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  /// Creates a user with a file in each state that counts, and in each that does not: 100 bytes used, 300 reserved.
  private func makeLedger(_ name: String = "ann") throws -> UserID {
    let user = try fixture.makeUser(name, quota: 10_000)
    _ = try database.makePending(user, size: 100)
    #expect(try database.receive(try database.makePending(user, size: 200), at: DatabaseFixture.epoch))
    #expect(try database.abort(try database.makePending(user, size: 400), of: user))
    let ready = try database.makePending(user, size: 100)
    #expect(try database.receive(ready, at: DatabaseFixture.epoch))
    _ = try database.enqueue(for: [ready], at: DatabaseFixture.epoch)
    let job = try #require(try database.leaseJob(seconds: 60, at: DatabaseFixture.epoch))
    #expect(try database.publish(publication(of: ready, user), under: job, at: DatabaseFixture.epoch))
    return user
  }

  @Test func `quota columns that only the product wrote are right`() throws {
    let user = try makeLedger()
    #expect(try database.quota(user) == [100, 300])
    #expect(try database.recountQuotas().isEmpty && database.recountQuota(of: user) == nil)
    #expect(try database.repairQuota(of: user) == nil)
  }

  @Test func `manually changed columns are found, and repaired from the files`() throws {
    let user = try makeLedger()
    try database.raw("UPDATE users SET used_bytes = 7, reserved_bytes = reserved_bytes + 1")
    let drift = try #require(try database.recountQuotas().first)
    #expect(try database.recountQuota(of: user) == drift)
    #expect(drift.user == user && drift.misheldCount == 0)
    #expect([drift.usedBytes, drift.countedUsedBytes] == [7, 100])
    #expect([drift.reservedBytes, drift.countedReservedBytes] == [301, 300])
    #expect(try database.repairQuota(of: user) == drift)
    #expect(try database.quota(user) == [100, 300])
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `a file with a wrong charge for its state is found although the columns agree, and repaired`() throws {
    let user = try makeLedger()
    try database.raw("UPDATE files SET held_bytes = 400 WHERE state = 'aborted'")
    try database.raw("UPDATE files SET held_bytes = 0 WHERE state = 'pending'")
    let drift = try #require(try database.recountQuotas().first)
    #expect(drift.misheldCount == 2 && drift.usedBytes == drift.countedUsedBytes)
    let files = try database.quotaMismatches(of: user, limit: 10)
    #expect(Set(files.map(\.state)) == [.aborted, .pending])
    for file in files { #expect([file.heldBytes, file.dueBytes] == (file.state == .pending ? [0, 100] : [400, 0])) }
    #expect(try database.quotaMismatches(of: user, limit: 1).count == 1)
    #expect(try database.repairQuota(of: user) == drift)
    #expect(try database.recountQuotas().isEmpty && database.quotaMismatches(of: user, limit: 10).isEmpty)
    #expect(try database.quota(user) == [100, 300])
  }

  @Test func `a deleted file counts until it is purged, but only if it was ready`() throws {
    let user = try makeLedger()
    let files = try database.raw("SELECT id FROM files WHERE state IN ('ready', 'pending')")
    for file in files { #expect(try database.delete(try #require(FileID(file)), of: user, at: DatabaseFixture.epoch)) }
    #expect(try database.quota(user) == [100, 200] && database.recountQuotas().isEmpty)
    for file in files {
      #expect(
        try database.beginPurge(try #require(FileID(file)), deletedBy: DatabaseFixture.epoch, at: DatabaseFixture.epoch)
      )
    }
    #expect(try database.quota(user) == [100, 200] && database.recountQuotas().isEmpty)
    for file in files { #expect(try database.finishPurge(try #require(FileID(file)))) }
    #expect(try database.quota(user) == [0, 200] && database.recountQuotas().isEmpty)
  }

  @Test func `repairing one user leaves others unchanged, and pages find all users`() throws {
    let users = try (0..<7).map { try makeLedger("user\($0)") }
    try database.raw("UPDATE users SET used_bytes = used_bytes + 1")
    var found: [UserID] = []
    var last: UserID?
    repeat {
      let page = try database.recountQuotas(after: last, limit: 3)
      #expect(page.count <= 3)
      found += page.drifts.map(\.user)
      last = page.last
    } while last != nil
    #expect(found == users)
    _ = try database.repairQuota(of: users[3])
    #expect(try database.recountQuotas().map(\.user) == users.filter { $0 != users[3] })
  }

  @Test func `an unknown user needs no repair, and is not created`() throws {
    let stranger = try #require(UserID("stranger"))
    #expect(try database.recountQuota(of: stranger) == nil && database.repairQuota(of: stranger) == nil)
    _ = try makeLedger("zoe")
    #expect(try database.recountQuota(of: stranger) == nil, "another user is next to that name")
    #expect(try database.userCount() == 1)
  }

  @Test func `while uploads begin and end no fault is found, and a manual change is repaired exactly`() throws {
    let user = try fixture.makeUser(quota: 1 << 40)
    let isOver = Atomic(false)
    let damages = Counter()
    try onThreads(5) { number in
      let database = try fixture.another()
      guard number > 0 else {
        defer { isOver.store(true, ordering: .relaxed) }
        for _ in 0..<60 {
          try fixture.database.raw("UPDATE users SET reserved_bytes = reserved_bytes + 1, used_bytes = used_bytes + 5")
          let drift = try #require(try database.repairQuota(of: user))
          #expect(
            drift.reservedBytes == drift.countedReservedBytes + 1 && drift.usedBytes == drift.countedUsedBytes + 5
          )
          damages.increment()
          #expect(try database.recountQuotas(after: nil, limit: 10).drifts.isEmpty)
        }
        return
      }
      var random = Seeded("recount \(number)")
      repeat {
        let file = try database.makePending(user, size: .random(in: 1...1000, using: &random))
        if Bool.random(using: &random) { #expect(try database.abort(file, of: user)) }
      } while !isOver.load(ordering: .relaxed)
    }
    #expect(damages.value == 60)
    #expect(try database.recountQuotas().isEmpty)
  }
}
