import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct FullSweepTests {
  /// Creates a file for every pass of the sweep, each with the reason for its finding; and files without a finding.
  private func litter(_ fixture: ProcessingFixture) throws -> [FileID: SweepFinding.Reason] {
    let now = Date.now
    let lost = try fixture.claim(size: 3, at: now - 100)
    try fixture.put([1, 2, 3], for: lost)
    let received = try fixture.claim(size: 4, at: now - 100)
    try #require(try fixture.database.receive(received, at: now))
    let late = try fixture.claim(size: 500, at: now - 10_000)
    let aborted = try fixture.claim(size: 5, at: now - 100)
    try #require(try fixture.database.abort(aborted, of: fixture.user))
    try fixture.put([1], for: aborted)
    _ = try fixture.claim(size: 6, at: now - 100)
    let attended = try fixture.claim(size: 7, at: now - 100)
    try fixture.put([1], for: attended)
    try fixture.hint(attended)
    return [lost: .objectFound, received: .jobLost, late: .neverCame, aborted: .refusedObject]
  }

  private func findings(_ fixture: ProcessingFixture, isDryRun: Bool) throws -> [SweepFinding] {
    var findings: [SweepFinding] = []
    try fixture.sweeper.sweepAll(at: .now, isDryRun: isDryRun) { findings += $0.findings }
    return findings
  }

  /// Returns the bytes of the database, its log included.
  private func bytes(_ fixture: ProcessingFixture) throws -> [[UInt8]] {
    try ["stowage.sqlite", "stowage.sqlite-wal"].map { try fixture.folder.bytes($0) }
  }

  @Test func `a dry run finds what the real run does afterwards, and changes no byte`() throws {
    let fixture = try ProcessingFixture()
    let wanted = try litter(fixture)
    fixture.store.obey(nil)
    let before = try bytes(fixture)
    let foreseen = try findings(fixture, isDryRun: true)
    #expect(try bytes(fixture) == before)
    #expect(Set(fixture.store.calls.map(\.operation)).isSubset(of: [.head, .bucket, .listUploads]))
    #expect(Dictionary(uniqueKeysWithValues: foreseen.map { ($0.file.id, $0.reason) }) == wanted)
    #expect(foreseen.first { $0.reason == .neverCame }?.file.heldBytes == 500)
    #expect(try findings(fixture, isDryRun: true) == foreseen)

    #expect(try findings(fixture, isDryRun: false) == foreseen)
    #expect(try bytes(fixture) != before)
    for (file, reason) in wanted {
      #expect(try fixture.state(file) == .expired || reason != .neverCame)
      #expect(try fixture.database.jobs(of: file).count == 1)
    }
    while try fixture.next(after: 100) != nil {}
    #expect(try findings(fixture, isDryRun: false).isEmpty)
    try fixture.expectSettled(used: 0, reserved: 6)
  }

  @Test func `a full sweep continues where a worker's budget ends`() throws {
    let fixture = try ProcessingFixture()
    let count = Sweeper.pageSize * SweepPass.unattended.budget + 1
    let failures = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: count) { _ in
      do { _ = try fixture.claim(size: 1, at: .now - 10_000) } catch { failures.add(1, ordering: .relaxed) }
    }
    try #require(failures.load(ordering: .relaxed) == 0)
    var looks = 0
    var found = 0
    try fixture.sweeper.sweepAll(at: .now, isDryRun: true) { page in
      looks += page.count
      found += page.findings.count
    }
    #expect(looks == 2 * count && found == count)
  }

  @Test func `an interrupted sweep has done what it reported, and no more`() throws {
    let fixture = try ProcessingFixture()
    let files = try (0..<5).map { _ in try fixture.claim(size: 10, at: .now - 10_000) }
    var looks = 0
    var findings: [SweepFinding] = []
    fixture.store.obey(nil)
    try fixture.sweeper.sweepAll(
      at: .now,
      isDryRun: false,
      while: {
        looks += 1
        return fixture.store.calls.filter { $0.operation == .head }.count < 7
      },
      report: { findings += $0.findings }
    )
    let expired = try files.filter { try fixture.state($0) == .expired }
    // Identifiers of the same millisecond have no defined order.
    #expect(Set(expired) == Set(findings.map(\.file.id)) && expired.count == 2)
    #expect(looks > 7)
  }

  @Test func `findings before the store failed have their jobs`() throws {
    let fixture = try ProcessingFixture()
    let files = try (0..<3).map { _ in try fixture.claim(size: 10, at: .now - 10_000) }
    fixture.store.obey { call, number in
      // Three HEAD requests for lost events, one for the bucket, then those for overdue uploads.
      call.operation == .head && number >= 6 ? .before(.unavailable(detail: "away")) : nil
    }
    #expect(throws: StorageError.self) { try findings(fixture, isDryRun: false) }
    let expired = try files.filter { try fixture.state($0) == .expired }
    #expect(!expired.isEmpty && expired.count < 3)
    for file in expired { #expect(try fixture.database.jobs(of: file).count == 1) }
  }

  @Test func `a missing bucket is reported, and nothing expires`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 10, at: .now - 10_000)
    let sweeper = Sweeper(database: fixture.database, store: fixture.store, bucket: "mistyped")
    #expect(throws: StorageError.unavailable(detail: "store: bucket mistyped is not there")) {
      try sweeper.sweepAll(at: .now, isDryRun: true) { _ in }
    }
    #expect(try fixture.state(file) == .pending)
  }

  @Test func `each finding shows its reason, and its result or expected result`() throws {
    let fixture = try ProcessingFixture()
    _ = try litter(fixture)
    let now = Date.now
    let findings = try findings(fixture, isDryRun: true)
    let dry = findings.map { $0.words(at: now, isDryRun: true) }
    let real = findings.map { $0.words(at: now, isDryRun: false) }
    #expect(dry.allSatisfy { $0.contains("would") } && !real.contains { $0.contains("would") })
    #expect(Set(real).count == 4)
    #expect(real.contains("its URL ended 2 h ago, and no object came: expired, 500 bytes released"))
    #expect(real.contains("the upload is aborted, and something lies under its key: queued to be removed"))
  }
}
