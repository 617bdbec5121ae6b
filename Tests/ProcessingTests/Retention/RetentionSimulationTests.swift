import Database
import Foundation
import TestSupport
import Testing

/// Years of uploads, changed plans and restores, with S3's lifecycle rules as its documentation has them.
///
/// Bytes of premium users never go. A marker that the store set before a late change of tags is removed by the first
/// work of a worker that was off. Files of standard users go in time, with 30 days of restore, and never too early.
@Suite struct RetentionSimulationTests {
  @Test(arguments: [false, true])
  func `files go by age in time and never too early, with a daily cleanup or without one`(cleansUp: Bool) throws {
    let start = ContinuousClock.now
    let users = LongRun.count(1000, reduced: 35)
    // A file that came at the end of the first quarter must have had the time to go.
    let days = LongRun.count(3 * 365 + 60, reduced: 480)
    let simulation = try RetentionSimulation(users: users, cleansUp: cleansUp, seed: "retention \(cleansUp)")
    try simulation.run(days: days, quiet: LongRun.isWanted ? 0..<0 : 110..<350)
    let counts = simulation.counts
    #expect(simulation.violations.isEmpty, "\(simulation.violations.prefix(5).joined(separator: "\n"))")
    #expect(try simulation.fixture.database.recountQuotas().isEmpty)
    let words = "\(users) users, \(days) days, cleanup \(cleansUp): \(counts), \(simulation.races.count) races"
    print("\(words), \(ContinuousClock.now - start)")
    #expect(counts.uploads > 100 && counts.restores > 0 && counts.deletedByLifecycle > 0 && counts.premiumMarkers > 0)
    #expect(cleansUp == (counts.deletedByCleanup > 0))
  }
}
