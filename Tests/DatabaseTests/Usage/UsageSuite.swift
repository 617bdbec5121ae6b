import Core
import Database
import Foundation
import Testing

/// A suite about collections of usage.
protocol UsageSuite: DatabaseSuite {}

extension UsageSuite {
  /// Takes or begins a collection, as the process `holder`.
  func claim(_ holder: String = "worker on a", every period: TimeInterval = 0, at now: Date) throws -> UsageRun {
    let claim = try database.claimUsage(for: holder, every: period, seconds: 60, at: now)
    guard case .claimed(let run) = claim else { throw Unclaimed(claim: claim) }
    return run
  }

  /// Returns a batch with one object per given size, of the user, in the raw bucket.
  func batch(_ user: String, sizes: [Int64], kind: StoredKind = .current, day: Int = 20_000) throws -> UsageBatch {
    var batch = UsageBatch()
    let (objects, bytes) = (Int64(sizes.count), sizes.reduce(0, +))
    let owner = try #require(UserID(user))
    batch.counts = [
      StoredCount(bucket: .raw, storageClass: "STANDARD", user: owner, kind: kind, objects: objects, bytes: bytes)
    ]
    batch.cohorts = [
      StoredCohort(
        bucket: .raw,
        storageClass: "STANDARD",
        kind: kind,
        isTagged: false,
        day: day,
        objects: objects,
        bytes: bytes,
        smallObjects: objects,
        smallBytes: bytes
      )
    ]
    (batch.entries, batch.bytes, batch.requests, batch.workedMilliseconds) = (objects, bytes, 1, 10)
    return batch
  }

  func add(_ batch: UsageBatch, to run: UsageRun, position: String = "p", at now: Date) throws {
    try #require(try database.add(batch, to: run, position: position, seconds: 60, at: now))
  }

  /// Stores the histories of users and publishes the run.
  func finish(_ run: UsageRun, limit: Int = 500, at now: Date) throws {
    for ofVanished in [false, true] {
      var last: String? = ""
      while let after = last {
        switch try database.recordUsers(
          of: run,
          ofVanished: ofVanished,
          after: after,
          limit: limit,
          seconds: 60,
          at: now
        ) {
        case .more(let next): last = next
        case .done: last = nil
        case .lost: throw Unclaimed(claim: nil)
        }
      }
    }
    try #require(try database.publish(run, at: now))
  }
}

struct Unclaimed: Error { let claim: UsageClaim? }
