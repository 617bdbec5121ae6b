import Foundation
import Testing

@testable import Core

@Suite struct RetentionRuleTests {
  private static let arrival = Date(timeIntervalSince1970: 1_800_000_000)
  private let rule = RetentionRule()

  private func day(_ number: Double) -> Date { Self.arrival + number * 86_400 }

  private func file(_ plan: Plan, standardSince day: Double? = nil, keptUntil: Double? = nil) -> FileRetention {
    FileRetention(
      owner: FileRetention.Owner(plan: plan, standardSince: day.map(self.day)),
      arrival: Self.arrival,
      keepUntil: keptUntil.map(self.day)
    )
  }

  @Test func `a file of a premium user is never deleted by age and has no tag`() {
    #expect(rule.deletion(of: file(.premium)) == nil)
    #expect(!rule.isTagged(file(.premium)))
  }

  @Test func `a file of a user who always was standard goes after a year, by the store or by a cleanup`() {
    #expect(rule.deletion(of: file(.standard)) == day(365))
    #expect(rule.isTagged(file(.standard)))
  }

  @Test(arguments: [(10.0, 365.0), (334.0, 365.0), (335.5, 365.5), (400.0, 430.0)])
  func `after a change to standard the owner has the year and at least the notice`(change: Double, deletion: Double) {
    #expect(rule.deletion(of: file(.standard, standardSince: change)) == day(deletion))
    #expect(!rule.isTagged(file(.standard, standardSince: change)), "the store does not know the notice")
  }

  @Test func `a file that came after the change to standard is an ordinary one`() {
    #expect(rule.deletion(of: file(.standard, standardSince: -1)) == day(365))
    #expect(rule.isTagged(file(.standard, standardSince: -1)))
    #expect(rule.isTagged(file(.standard, standardSince: 0)))
  }

  @Test func `a restored file stays for the notice and has no tag`() {
    let restored = file(.standard, keptUntil: 390)
    #expect(rule.deletion(of: restored) == day(390) && !rule.isTagged(restored))
    #expect(rule.keepUntil(restoredAt: day(360)) == day(390))
    #expect(rule.deletion(of: file(.standard, keptUntil: 40)) == day(365))
  }

  @Test func `the arrival that the store has replaces the recorded one`() {
    #expect(rule.deletion(of: file(.standard), arrival: day(-2)) == day(363))
  }

  @Test func `without a number of days nothing is deleted by age`() {
    let never = RetentionRule(days: nil)
    #expect(never.deletion(of: file(.standard)) == nil && !never.isTagged(file(.standard)))
  }
}
