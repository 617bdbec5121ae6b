import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Usage

/// Sizes that a hostile store lists.
@Suite struct UsageLimitTests {
  private let fixture: UsageFixture
  private let work: UsageWork

  init() throws {
    fixture = try UsageFixture()
    let (collector, now) = (fixture.collector(), fixture.clock.now)
    guard case .claimed(let run) = try fixture.database.claimUsage(for: "test", every: 0, seconds: 60, at: now) else {
      throw Unexpected("not claimed")
    }
    work = UsageWork(collector: collector, run: run, clock: { now }, isWanted: { true }, progress: { _ in })
  }

  private func version(_ size: Int64) -> StoredVersion {
    StoredVersion(
      key: "k\(size)",
      version: "v",
      isLatest: true,
      isDeleteMarker: false,
      size: size,
      lastModified: UsageFixture.epoch,
      storageClass: nil
    )
  }

  @Test func `a listed size that no object has is refused`() throws {
    for size in [Int64.max, StoredCount.largestObject + 1] {
      var (tally, position) = (UsageTally(.logs), UsagePosition())
      #expect(throws: UsageProblem.self) { try work.count([version(size)], of: .logs, in: &tally, &position) }
    }
    var (tally, position) = (UsageTally(.logs), UsagePosition())
    try work.count([version(StoredCount.largestObject)], of: .logs, in: &tally, &position)
    #expect(tally.bytes == StoredCount.largestObject)
  }

  @Test func `more bytes than a sum can hold give the collection up, and end no process`() throws {
    var tally = UsageTally(.logs)
    let label = StoredLabel(kind: .current, user: nil)
    for day in 0..<3 { tally.count(label, storageClass: nil, day: day, bytes: .max) }
    #expect(tally.entries == 3 && tally.bytes == .max)
    let problem = #expect(throws: UsageProblem.self) { try work.report(tally, UsagePosition()) }
    guard case .unusable? = problem else { throw Unexpected("\(String(describing: problem))") }
    #expect(try fixture.database.usageCollection(at: fixture.clock.now).underWay?.entries == 0)
  }
}
