import Core
import Database
import Foundation
import Testing

/// One transition of a file's state, as callers make it.
private enum Transition: String, CaseIterable {
  case receive, expire, abort, publish, reject, delete, restore, beginPurge, finishPurge

  /// The resulting state for each state that the transition is allowed in: the table of the design.
  var table: [FileState: FileState] {
    switch self {
    case .receive: [.pending: .received]
    case .expire: [.pending: .expired]
    case .abort: [.pending: .aborted]
    case .publish: [.received: .ready]
    case .reject: [.received: .rejected]
    case .delete: [.pending: .deleted, .received: .deleted, .rejected: .deleted, .ready: .deleted]
    case .restore: [.deleted: .ready]
    case .beginPurge: [.deleted: .purging]
    case .finishPurge: [.purging: .purged]
    }
  }
}

@Suite struct TransitionTests: DatabaseSuite {
  let fixture: DatabaseFixture
  let later = DatabaseFixture.epoch + 10_000

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  private func make(_ transition: Transition, _ file: FileID, under job: LeasedJob) throws -> Bool {
    switch transition {
    case .receive: try database.receive(file, at: now)
    case .expire: try database.expire(file, expiredBy: later)
    case .abort: try database.abort(file, of: user)
    case .publish: try database.publish(publication(of: file, user, size: 90), under: job, at: now)
    case .reject: try database.reject(.malware, under: job, at: now)
    case .delete: try database.delete(file, of: user, at: now)
    case .restore:
      try database.restore(
        file,
        of: user,
        variants: variants(of: file, user, version: "b"),
        deletedAfter: now - 1,
        at: now
      )
    case .beginPurge: try database.beginPurge(file, deletedBy: later, at: now)
    case .finishPurge: try database.finishPurge(file)
    }
  }

  private func leasedFile() throws -> (FileID, LeasedJob) {
    let file = try database.makePending(user)
    _ = try database.enqueue(for: [file], at: now)
    return (file, try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now)))
  }

  /// Returns the transitions that lead to `state` for a file that was ready in between.
  private func path(to state: FileState) -> [Transition] {
    switch state {
    case .pending: []
    case .received: [.receive]
    case .ready: [.receive, .publish]
    case .rejected: [.receive, .reject]
    case .quarantined: []
    case .expired: [.expire]
    case .aborted: [.abort]
    case .deleted: [.receive, .publish, .delete]
    case .purging: [.receive, .publish, .delete, .beginPurge]
    case .purged: [.receive, .publish, .delete, .beginPurge, .finishPurge]
    }
  }

  // MigratedFileTests has the state `quarantined`, which only migrated files have.
  @Test(arguments: FileState.allCases.filter { $0 != .quarantined })
  func `every transition is possible from exactly the states of the table`(_ state: FileState) throws {
    for transition in Transition.allCases {
      let (file, job) = try leasedFile()
      for step in path(to: state) { #expect(try make(step, file, under: job)) }
      let before = try database.record(file)
      let quota = try database.quota(user)
      #expect(before.state == state)
      if let target = transition.table[state] {
        #expect(try make(transition, file, under: job), "\(transition) from \(state)")
        #expect(try database.record(file).state == target)
      } else {
        #expect(try make(transition, file, under: job) == false, "\(transition) from \(state)")
        #expect(try database.record(file) == before)
        #expect(try database.quota(user) == quota)
      }
      #expect(try database.recountQuotas().isEmpty, "\(transition) from \(state)")
    }
  }

  @Test func `a second settling changes nothing`() throws {
    let (file, job) = try leasedFile()
    #expect(try database.quota(user) == [0, 100])
    #expect(try database.receive(file, at: now))
    #expect(try database.publish(publication(of: file, user, size: 90), under: job, at: now))
    #expect(try database.quota(user) == [90, 0])
    #expect(try database.publish(publication(of: file, user, size: 90), under: job, at: now) == false)
    #expect(try database.quota(user) == [90, 0])
    #expect(try database.delete(file, of: user, at: now))
    #expect(try database.quota(user) == [90, 0])
    #expect(try database.beginPurge(file, deletedBy: now, at: now))
    #expect(try database.quota(user) == [90, 0])
    #expect(try database.finishPurge(file))
    #expect(try database.finishPurge(file) == false)
    #expect(try database.quota(user) == [0, 0])
  }

  @Test func `of many simultaneous ends of one upload exactly one settles it`() throws {
    let (file, job) = try leasedFile()
    #expect(try database.receive(file, at: now))
    let moved = Counter()
    try onThreads(8) { index in
      let database = try fixture.another()
      let isMine =
        switch index % 4 {
        case 0: try database.publish(publication(of: file, user), under: job, at: now)
        case 1: try database.reject(.unreadable, under: job, at: now)
        case 2: try database.publish(publication(of: file, user, size: 1), under: job, at: now)
        default: try database.reject(.malware, under: job, at: now)
        }
      if isMine { moved.increment() }
    }
    #expect(moved.value == 1)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `another user cannot make any transition`() throws {
    let stranger = try fixture.makeUser("eve")
    let (file, job) = try leasedFile()
    #expect(try database.abort(file, of: stranger) == false)
    #expect(try database.delete(file, of: stranger, at: now) == false)
    #expect(try database.receive(file, at: now))
    #expect(try database.publish(publication(of: file, user), under: job, at: now))
    #expect(try database.delete(file, of: stranger, at: now) == false)
    #expect(try database.image(.thumb, of: file, user: stranger) == nil)
    #expect(try database.delete(file, of: user, at: now))
    let again = try variants(of: file, user)
    #expect(try database.restore(file, of: stranger, variants: again, deletedAfter: now - 9, at: now) == false)
  }

  @Test func `nothing expires early`() throws {
    let file = try database.makePending(user)
    #expect(try database.expire(file, expiredBy: now + 899) == false)
    #expect(try database.expire(file, expiredBy: now + 900))
  }

  @Test func `deleting a file in processing cancels its lease`() throws {
    let (file, job) = try leasedFile()
    #expect(try database.receive(file, at: now))
    #expect(try database.delete(file, of: user, at: now))
    #expect(try database.publish(publication(of: file, user), under: job, at: now) == false)
    #expect(try database.renew(job, seconds: 60, at: now) == nil)
    #expect(try database.jobStatistics(at: now).leased == 0)
    #expect(try database.quota(user) == [0, 0])
  }

  @Test func `a file that was never ready cannot be restored, and may be purged at once`() throws {
    let (file, _) = try leasedFile()
    #expect(try database.delete(file, of: user, at: now))
    #expect(try database.restore(file, of: user, variants: [], deletedAfter: now - 9, at: now) == false)
    #expect(try database.beginPurge(file, deletedBy: now - 9, at: now))
  }

  @Test func `a file that was ready is restored or purged, never both, at the same moment`() throws {
    let (file, job) = try leasedFile()
    #expect(try database.receive(file, at: now))
    #expect(try database.publish(publication(of: file, user), under: job, at: now))
    #expect(try database.delete(file, of: user, at: now))
    let again = try variants(of: file, user, version: "b")
    #expect(try database.restore(file, of: user, variants: again, deletedAfter: now, at: now) == false)
    #expect(try database.beginPurge(file, deletedBy: now - 1, at: now) == false)
    #expect(try database.restore(file, of: user, variants: again, deletedAfter: now - 1, at: now))
    let record = try database.record(file)
    #expect(record.deletedAt == nil)
    #expect(Set(record.variants) == Set(again))
    #expect(record.versionID == "v1")
  }

  @Test func `a ready file has everything that the worker found`() throws {
    let (file, job) = try leasedFile()
    #expect(try database.image(.thumb, of: file, user: user)?.variant == nil)
    #expect(try database.receive(file, at: now + 1))
    #expect(try database.publish(publication(of: file, user, size: 90), under: job, at: now + 2))
    let record = try database.record(file)
    #expect(record.size == 90)
    #expect(try record.sha256 == digest())
    #expect(record.type == .checked(.jpeg))
    #expect([record.receivedAt, record.readyAt, record.expiresAt] == [now + 1, now + 2, now + 900])
    #expect(record.variants.map(\.name) == [.medium, .original, .thumb])
    let image = try #require(try database.image(.thumb, of: file, user: user))
    #expect(image.state == .ready)
    #expect(image.visibility == .public)
    #expect(image.variant == record.variants.last)
    #expect(image.variant?.key == "\(user)/\(file)/aaaaaaaaaaaa/thumb.webp")
  }
}
