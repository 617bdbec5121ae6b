import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct FullSweepTests {
  /// Something for every pass, each file by why it will be found; and files that nothing is to be done about.
  private func litter(_ site: Site) throws -> [FileID: SweepFinding.Reason] {
    let now = Date.now
    let lost = try site.claim(size: 3, at: now - 100)
    try site.put([1, 2, 3], for: lost)
    let received = try site.claim(size: 4, at: now - 100)
    try #require(try site.database.receive(received, at: now))
    let late = try site.claim(size: 500, at: now - 10_000)
    let aborted = try site.claim(size: 5, at: now - 100)
    try #require(try site.database.abort(aborted, of: site.user))
    try site.put([1], for: aborted)
    _ = try site.claim(size: 6, at: now - 100)
    let attended = try site.claim(size: 7, at: now - 100)
    try site.put([1], for: attended)
    try site.hint(attended)
    return [lost: .objectFound, received: .jobLost, late: .neverCame, aborted: .refusedObject]
  }

  private func findings(_ site: Site, isDryRun: Bool) throws -> [SweepFinding] {
    var findings: [SweepFinding] = []
    try site.sweeper.sweepAll(at: .now, isDryRun: isDryRun) { findings += $0.findings }
    return findings
  }

  /// The bytes of the database, its log included.
  private func bytes(_ site: Site) throws -> [[UInt8]] {
    try ["stowage.sqlite", "stowage.sqlite-wal"].map { try site.folder.bytes($0) }
  }

  @Test func `a dry run finds what a real one then does, and changes not a byte anywhere`() throws {
    let site = try Site()
    let wanted = try litter(site)
    site.store.obey(nil)
    let before = try bytes(site)
    let foreseen = try findings(site, isDryRun: true)
    #expect(try bytes(site) == before)
    #expect(Set(site.store.calls.map(\.operation)).isSubset(of: [.head, .bucket, .listUploads]))
    #expect(Dictionary(uniqueKeysWithValues: foreseen.map { ($0.file.id, $0.reason) }) == wanted)
    #expect(foreseen.first { $0.reason == .neverCame }?.file.heldBytes == 500)
    #expect(try findings(site, isDryRun: true) == foreseen)

    #expect(try findings(site, isDryRun: false) == foreseen)
    #expect(try bytes(site) != before)
    for (file, reason) in wanted {
      #expect(try site.state(file) == .expired || reason != .neverCame)
      #expect(try site.database.jobs(of: file).count == 1)
    }
    while try site.next(after: 100) != nil {}
    #expect(try findings(site, isDryRun: false).isEmpty)
    try site.expectSettled(used: 0, reserved: 6)
  }

  @Test func `a whole sweep goes on where a worker's budget ends`() throws {
    let site = try Site()
    let count = Sweeper.pageSize * SweepPass.unattended.budget + 1
    let failures = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: count) { _ in
      do { _ = try site.claim(size: 1, at: .now - 10_000) } catch { failures.add(1, ordering: .relaxed) }
    }
    try #require(failures.load(ordering: .relaxed) == 0)
    var looks = 0
    var found = 0
    try site.sweeper.sweepAll(at: .now, isDryRun: true) { page in
      looks += page.count
      found += page.findings.count
    }
    #expect(looks == 2 * count && found == count)
  }

  @Test func `a sweep that is stopped has done what it said, and no more`() throws {
    let site = try Site()
    let files = try (0..<5).map { _ in try site.claim(size: 10, at: .now - 10_000) }
    var looks = 0
    var findings: [SweepFinding] = []
    site.store.obey(nil)
    try site.sweeper.sweepAll(
      at: .now,
      isDryRun: false,
      while: {
        looks += 1
        return site.store.calls.filter { $0.operation == .head }.count < 7
      },
      report: { findings += $0.findings }
    )
    let expired = try files.filter { try site.state($0) == .expired }
    // Identifiers of one millisecond have no order of their own.
    #expect(Set(expired) == Set(findings.map(\.file.id)) && expired.count == 2)
    #expect(looks > 7)
  }

  @Test func `what was done before the store went away has its job`() throws {
    let site = try Site()
    let files = try (0..<3).map { _ in try site.claim(size: 10, at: .now - 10_000) }
    site.store.obey { call, number in
      // Three looks for lost events, then those at uploads past their time, with a look at the bucket before.
      call.operation == .head && number >= 6 ? .before(.unavailable(detail: "away")) : nil
    }
    #expect(throws: StorageError.self) { try findings(site, isDryRun: false) }
    let expired = try files.filter { try site.state($0) == .expired }
    #expect(!expired.isEmpty && expired.count < 3)
    for file in expired { #expect(try site.database.jobs(of: file).count == 1) }
  }

  @Test func `a bucket that is not there is said, and nothing expires`() throws {
    let site = try Site()
    let file = try site.claim(size: 10, at: .now - 10_000)
    let sweeper = Sweeper(database: site.database, store: site.store, bucket: "mistyped")
    #expect(throws: StorageError.unavailable(detail: "store: bucket mistyped is not there")) {
      try sweeper.sweepAll(at: .now, isDryRun: true) { _ in }
    }
    #expect(try site.state(file) == .pending)
  }

  @Test func `each finding says why, and what came or would come of it`() throws {
    let site = try Site()
    _ = try litter(site)
    let now = Date.now
    let findings = try findings(site, isDryRun: true)
    let dry = findings.map { $0.words(at: now, isDryRun: true) }
    let real = findings.map { $0.words(at: now, isDryRun: false) }
    #expect(dry.allSatisfy { $0.contains("would") } && !real.contains { $0.contains("would") })
    #expect(Set(real).count == 4)
    #expect(real.contains("its URL ended 2 h ago, and no object came: expired, 500 bytes released"))
    #expect(real.contains("the upload is aborted, and something lies under its key: queued to be removed"))
  }
}
