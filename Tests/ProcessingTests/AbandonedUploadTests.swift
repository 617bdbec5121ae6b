import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// Failed and abandoned uploads, on a store without lifecycle rules.
@Suite struct AbandonedUploadTests {
  private static let raw = ProcessingFixture.buckets.raw
  private static let hour: TimeInterval = 3600

  /// Everything that the raw bucket holds: versions, delete markers and multipart uploads.
  private func remains(_ fixture: ProcessingFixture) throws -> Int {
    let memory = fixture.store.memory
    let versions = try memory.listVersions(Self.raw, prefix: "", after: nil, limit: 1000).items.count
    return try versions + memory.listMultipartUploads(Self.raw, prefix: "", after: nil, limit: 1000).items.count
  }

  /// Sweeps every half hour from `start`, and works on the jobs, as a worker does.
  private func live(_ fixture: ProcessingFixture, until end: TimeInterval, from start: Date) throws {
    for time in stride(from: 0, through: end, by: Self.hour / 2) {
      _ = try fixture.sweeper.sweep(at: start + time)
      try fixture.settle(after: start.timeIntervalSinceNow + time)
    }
  }

  /// Covers what was uploaded with versions and delete markers, whose order differs from file to file.
  private func bury(_ fixture: ProcessingFixture, _ file: FileID, _ number: Int) throws {
    let key = try fixture.record(file).rawKey
    if number.isMultiple(of: 2) { try fixture.put([1, 2], for: file) }
    try fixture.store.memory.delete(key, in: Self.raw)
    if number.isMultiple(of: 3) { try fixture.put([1, 2, 3], for: file) }
    if number.isMultiple(of: 4) { try fixture.store.memory.delete(key, in: Self.raw) }
    try fixture.store.memory.slip([9], below: key, in: Self.raw)
  }

  @Test(arguments: 1...4)
  func `of a failed or abandoned upload nothing is left after a day, in no version and under no marker`(number: Int)
    throws
  {
    let fixture = try ProcessingFixture()
    let start = Date.now
    let rejected = try fixture.upload([1, 2, 3], .pdf)
    guard case .rejected = try fixture.next() else {
      Issue.record("not rejected")
      return
    }
    let (aborted, deleted, expired) = (
      try fixture.claim(size: 9), try fixture.claim(size: 9), try fixture.claim(size: 9)
    )
    for file in [aborted, deleted] { try fixture.put([1], for: file) }
    #expect(try fixture.database.abort(aborted, of: fixture.user, removingAt: start))
    #expect(try fixture.database.delete(deleted, of: fixture.user, at: start))
    // The URLs are still valid, so their holders can put more, and the store may sort it below what is there.
    for file in [rejected, aborted, deleted] { try bury(fixture, file, number) }
    try fixture.store.memory.delete(fixture.record(expired).rawKey, in: Self.raw)
    try fixture.store.memory.slip([1], below: fixture.record(expired).rawKey, in: Self.raw)
    #expect(try remains(fixture) >= 8)
    try live(fixture, until: 24 * Self.hour, from: start)
    #expect(try remains(fixture) == 0)
    #expect(try fixture.state(expired) == .expired && fixture.state(deleted) == .purged)
    try fixture.expectQuota(used: 0, reserved: 0)
  }
}
