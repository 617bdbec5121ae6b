import Foundation
import TestSupport
import Testing

private let isUnderFire = ProcessInfo.processInfo.environment["STOWAGE_FIRE"] == "1" && Stack.current != nil

/// Tests one system while its processes are killed or paused and its objects are overwritten.
///
/// After each test an auditor checks the result.
///
/// The order matters: the first test needs an empty raw bucket. `script/test --long` runs the full counts, and an ordinary
/// run the reduced ones.
@Suite(.serialized, .enabled(if: isUnderFire, "script/test brings a system up for these alone (STOWAGE_FIRE=1)"))
struct FireTests {
  private let fixture: FireFixture

  init() throws { fixture = try FireFixture(#require(Stack.current)) }

  @Test func `without versions an overwriting upload is never served, and the checked copy stays`() throws {
    try fixture.forgetVersions()
    defer { try? fixture.keepVersions() }
    try Overwriting(fixture, count: LongRun.count(40, reduced: 12)).run()
  }

  @Test func `the auditor finds every kind of violation`() throws {
    let user = try fixture.user()
    try fixture.settle([
      try fixture.upload(.jpeg(), as: user), try fixture.upload(.pdf(), as: user),
      try fixture.upload(.infected(fixture.signature), as: user),
    ])
    _ = try fixture.stack.ticket(size: 1000, token: user.token)
    let report = try Auditor.plant(user.name)
    #expect(report.clean.isEmpty, "\(report.clean)")
    #expect(report.plants.count > 25)
    for plant in report.plants { #expect(plant.found.contains(plant.wanted), "\(plant.plant): \(plant.found)") }
  }

  @Test func `of overwritten uploads, during and after the scan, only scanned bytes are served`()
    throws
  {
    try Overwriting(fixture, count: LongRun.count(100, reduced: 24)).run()
  }

  @Test func `another specification has new URLs at once, and the old one comes back byte for byte`() throws {
    try Respecifying(fixture).run()
  }

  @Test func `simultaneous requests to nginx for a missing image cause one rendering`() throws {
    try Crowding(fixture, count: 200).throughNginx()
  }

  @Test func `simultaneous requests to two processes, beside a worker, cause one rendering`() throws {
    try Crowding(fixture, count: 200).straight()
  }

  @Test func `a page of unrendered images is complete in a browser, within the memory limit`() throws {
    try Gallery(fixture, count: LongRun.count(60, reduced: 20)).run()
  }

  @Test func `with versioning suspended an overwriting upload is never served either`() throws {
    try fixture.suspendVersions()
    defer { try? fixture.keepVersions() }
    try Overwriting(fixture, count: LongRun.count(20, reduced: 8)).run()
  }

  @Test func `a user with many of the most expensive files delays no other user's photo`() throws {
    try Besieging(fixture, count: LongRun.count(100, reduced: 40)).ofWorkers()
  }

  @Test func `ten simultaneous requests for the largest images delay no other user's image`() throws {
    try Besieging(fixture, count: 0).onDemand()
  }

  @Test func `with every event lost the sweep alone finishes every upload`() throws {
    let user = try fixture.user()
    try fixture.withoutEvents {
      let uploads = try (0..<3).map { _ in try fixture.upload(.jpeg(), as: user) }
      try fixture.settle(uploads)
      try fixture.audit(uploads)
    }
  }

  @Test func `with every event lost the sweep removes an object that overwrites a ready file`() throws {
    let user = try fixture.user()
    let uploads = try (0..<3).map { _ in try fixture.upload(.jpeg(), as: user) }
    try fixture.settle(uploads)
    try fixture.withoutEvents {
      for upload in uploads {
        for number in 0..<20 { try fixture.overwrite(upload.key, with: Array(repeating: UInt8(number), count: 500)) }
      }
      try fixture.audit(uploads)
    }
  }

  @Test func `an object for an ended upload is deleted`() throws { try LateObjects(fixture).run() }

  @Test func `multipart uploads arrive although the store fails three requests of ten`() throws {
    try Refusals(fixture, count: LongRun.count(100, reduced: 14), megabytes: 12, percent: 30).run()
  }

  @Test func `a file of 50 MB arrives whole, although the store restarts twice and the page reloads`() throws {
    try Interrupting(fixture).run()
  }

  @Test func `the worker is killed again and again during uploads`() throws {
    try Killing(fixture, kills: LongRun.count(50, reduced: 10), uploads: LongRun.count(200, reduced: 40)).run()
  }

  @Test func `the worker is killed repeatedly while files are deleted, restored and purged`() throws {
    try Deleting(fixture, kills: LongRun.count(15, reduced: 5), files: LongRun.count(40, reduced: 20)).run()
  }

  @Test func `an image invalidated while nginx fetches it is cut off, and never shown again`() throws {
    try SlowFill(fixture).run()
  }

  @Test func `a worker paused for longer than its lease changes nothing when it wakes`() throws {
    try Pausing(fixture, pauses: LongRun.count(20, reduced: 8)).run()
  }

  @Test func `in the end the auditor finds no violation in the whole system`() throws {
    // The last purge round comes 45 s after the invalidation.
    try until("no job left", within: 120) { try fixture.ledger.jobCount() == 0 }
    let left = try Auditor.lasting { try Auditor.audit().violations }
    #expect(left.isEmpty, "\(left)")
    #expect(try Auditor.audit().files > 0)
  }
}
