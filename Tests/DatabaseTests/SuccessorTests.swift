import Core
import Foundation
import TestSupport
import Testing

@testable import Database

@Suite struct SuccessorTests: SuccessorSuite {
  let fixture: DatabaseFixture
  let minutes = Counter()

  init() throws { fixture = try DatabaseFixture(quota: 1000) }

  // MARK: One successor

  @Test func `the old content is served until the successor is ready, and then deleted with its images`() throws {
    let old = try ready()
    let new = try begin(after: old)
    #expect(try served == old && state(old) == .ready)
    try receive(new)
    #expect(try served == old && state(old) == .ready && database.quota(user) == [100, 100])
    try publish(new)
    #expect(try served == new && state(new) == .ready)
    let record = try database.record(old)
    #expect(record.state == .deleted && record.isRestorable && record.replacedBy == new && record.deletedAt == now)
    #expect(Set(try database.jobs(of: old).map(\.kind)) == [.process, .render, .purge])
    #expect(try database.file(rawKey: "ann/a.jpg")?.id == old)
    #expect(try database.quota(user) == [200, 0] && database.recountQuotas().isEmpty)
    #expect(try database.beginPurge(old, deletedBy: now, at: now) && database.finishPurge(old))
    #expect(try database.quota(user) == [100, 0] && database.recountQuotas().isEmpty && served == new)
  }

  @Test func `a refused successor is quarantined, and the old content stays until somebody releases the successor`()
    throws
  {
    let old = try ready()
    let new = try received(after: old)
    try refuse(new)
    #expect(try served == old && state(new) == .quarantined && state(old) == .ready)
    #expect(try database.releaseFromQuarantine(new, at: now))
    #expect(try served == new && state(old) == .deleted && database.record(old).replacedBy == new)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `deleting a quarantined successor leaves the old content, and the next successor replaces it`() throws {
    let old = try ready()
    let refused = try received(after: old)
    try refuse(refused)
    #expect(try database.delete(refused, of: user, at: now))
    #expect(try served == old)
    let next = try ready(after: refused)
    #expect(try served == next && state(old) == .deleted && state(refused) == .deleted)
  }

  @Test func `an old content in quarantine stays there, and may be released beside its successor`() throws {
    let old = try received()
    try refuse(old)
    let new = try ready(after: old)
    #expect(try served == new && state(old) == .quarantined)
    #expect(try database.releaseFromQuarantine(old, at: now))
    #expect(try state(old) == .ready && state(new) == .ready && served == new)
  }

  @Test func `a content that never arrived does not stand in the way`() throws {
    let old = try begin()
    #expect(try database.abandonMigratedFiles([old], at: now) == [.done])
    let new = try ready(after: old)
    #expect(try served == new && state(old) == .aborted)
    #expect(try database.quota(user) == [100, 0] && database.recountQuotas().isEmpty)
  }

  @Test func `files of two users do not replace each other`() throws {
    let bob = try fixture.makeUser("bob")
    let old = try ready()
    let other = try begin(after: old, user: bob)
    #expect(try database.record(other).predecessor == nil)
  }

  // MARK: Chains

  @Test func `of two successors the newer one stays, in whichever order they become ready`() throws {
    for isNewerFirst in [false, true] {
      let suite = try SuccessorTests()
      let old = try suite.ready()
      let middle = try suite.received(after: old)
      let newest = try suite.received(after: middle)
      for file in isNewerFirst ? [newest, middle] : [middle, newest] { try suite.publish(file) }
      #expect(try suite.served == newest && suite.state(newest) == .ready)
      #expect(try suite.state(old) == .deleted && suite.state(middle) == .deleted)
      #expect(try suite.database.record(middle).replacedBy == newest && suite.database.recountQuotas().isEmpty)
    }
  }

  @Test func `a refused content between two others changes nothing, and is released beside the newest`() throws {
    let old = try ready()
    let refused = try received(after: old)
    try refuse(refused)
    let newest = try ready(after: refused)
    #expect(try served == newest && state(old) == .deleted && state(refused) == .quarantined)
    #expect(try database.releaseFromQuarantine(refused, at: now))
    #expect(try served == newest && state(refused) == .ready)
  }
}
