import Core
import Foundation
import Testing

@testable import Database

/// The record of tags of objects.
@Suite struct RetaggingTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 100_000) }

  private func change(_ plan: Plan, second: Double) throws {
    _ = try database.change(user, plan: plan, quotaBytes: nil, at: now + second)
  }

  private func ready(second: Double) throws -> FileID {
    let file = try database.makePending(user, at: now + second)
    try database.makeReady(file, of: user, at: now + second)
    return file
  }

  @Test func `SQL finds exactly the files whose tag differs from the rule`() throws {
    let early = try ready(second: 0)
    try change(.premium, second: 10)
    let premium = try ready(second: 20)
    try change(.standard, second: 30)
    let late = try ready(second: 30)
    #expect(try [early, premium, late].map { try database.record($0).isTagged } == [true, false, true])
    for (rule, differing) in [(RetentionRule(), [early]), (RetentionRule(days: nil), [early, late])] {
      let database = try FileDatabase(fixture.location, retention: rule)
      let records = try [early, premium, late].map { try database.record($0) }
      #expect(records.filter { rule.isTagged($0.retention) != $0.isTagged }.map(\.id) == differing)
      for examined in 1...4 {
        var (found, last): ([FileID], FileID?) = ([], nil)
        repeat {
          let page = try database.retagPage(of: user, after: last, limit: 1, examining: examined)
          found += page.files
          last = page.next
        } while last != nil
        #expect(found == differing)
      }
      #expect(try database.retagProgress(of: user) == RetagProgress(left: differing.count, total: 3))
    }
  }

  @Test func `one worker has a user, and keeps the user through a change of the plan`() throws {
    _ = try ready(second: 0)
    #expect(try database.claimRetagging(seconds: 60, at: now) == nil, "no plan changed")
    try change(.premium, second: 1)
    let claim = try #require(try database.claimRetagging(seconds: 60, at: now + 1))
    #expect(try database.claimRetagging(seconds: 60, at: now + 60) == nil)
    try change(.standard, second: 2)
    #expect(try database.claimRetagging(seconds: 60, at: now + 60) == nil)
    let file = try ready(second: 3)
    #expect(try database.finishRetagging(claim, owner: claim.owner) == false, "the plan is another one")
    let next = try #require(try database.claimRetagging(seconds: 60, at: now + 61))
    #expect(try database.beginTagging([file], holding: [file], under: claim) == nil, "the claim is over")
    try database.releaseRetagging(claim, dueAt: now)
    #expect(try database.claimRetagging(seconds: 60, at: now + 62) == nil, "an old claim ends nobody's")
    #expect(next.owner.standardSince == now + 2)
  }

  @Test func `files whose calls are uncertain stay on the list until they end`() throws {
    let files = try (1...3).map { try ready(second: Double($0)) }
    try change(.premium, second: 10)
    let claim = try #require(try database.claimRetagging(seconds: 60, at: now + 10))
    let calls = try #require(try database.beginTagging(files, holding: files, under: claim))
    #expect(calls.map(\.isTagged) == [false, false, false])
    let later = try #require(try database.claimRetagging(seconds: 60, at: now + 71))
    #expect(later.unsettled == files)
    #expect(try database.endTagging([calls[0], calls[1]], holding: [files[2]], under: later) == [])
    #expect(try files.map { try database.record($0).isTagged } == [false, false, true])
    #expect(try database.finishRetagging(later, owner: later.owner) == false)
    #expect(try database.endTagging([calls[2]], under: later) == [])
    #expect(try database.finishRetagging(later, owner: later.owner))
    #expect(try database.user(user)?.retagSince == nil)
  }

  @Test func `a plan that changes during a call asks for a second call`() throws {
    let file = try ready(second: 0)
    let call = try #require(try database.beginTagging([file])?.first)
    #expect(call.isTagged)
    try change(.premium, second: 1)
    let second = try database.endTagging([call])
    #expect(second.map(\.isTagged) == [false])
    #expect(try database.record(file).isTagged, "until the tag is removed")
    #expect(try database.endTagging(second) == [])
    #expect(try !database.record(file).isTagged)
  }

  @Test func `a refused call makes the user due, even while another worker has the user`() throws {
    let file = try ready(second: 0)
    try database.leaveTag(of: file, isUntagged: false, at: now)
    #expect(try database.user(user)?.retagSince == nil, "the object may have its tag")
    try change(.premium, second: 1)
    let claim = try #require(try database.claimRetagging(seconds: 60, at: now + 1))
    try change(.standard, second: 2)
    let late = try ready(second: 3)
    try database.leaveTag(of: late, isUntagged: true, at: now + 3)
    #expect(try database.finishRetagging(claim, owner: claim.owner) == false)
    #expect(try database.claimRetagging(seconds: 60, at: now + 62) != nil)
  }

  @Test func `a restore keeps a file for the notice only if it would be deleted by age before`() throws {
    let day = 86_400.0
    for (age, isKept) in [(300.0, false), (334, false), (336, true), (400, true)] {
      let file = try ready(second: 0)
      #expect(try database.delete(file, of: user, at: now + day * age))
      let restored = now + day * (age + 1) - 1
      #expect(
        try database.restore(file, of: user, variants: [], deletedAfter: now, at: restored)
      )
      #expect(try database.record(file).retention.keepUntil == (isKept ? restored + 30 * day : nil))
    }
  }
}
