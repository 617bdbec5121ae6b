import Foundation
import TestSupport
import Testing

private let isUnderFire = ProcessInfo.processInfo.environment["STOWAGE_FIRE"] == "1" && Stack.current != nil

/// What happens to one system while its processes die, sleep and are written over; after each test an auditor looks.
///
/// In this order: the first needs a raw bucket that nothing was ever put into.
@Suite(.serialized, .enabled(if: isUnderFire, "script/test brings a system up for these alone (STOWAGE_FIRE=1)"))
struct FireTests {
  private let fixture: FireFixture

  init() throws { fixture = try FireFixture(#require(Stack.current)) }

  @Test func `without versions, what is written over an upload is never served, and the judged copy stays`() throws {
    try fixture.forgetVersions()
    defer { try? fixture.keepVersions() }
    try Overwriting(fixture, count: 40).run()
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

  @Test func `a hundred second versions, during and after the scan: nothing else is served than what was scanned`()
    throws
  {
    try Overwriting(fixture, count: 100).run()
  }

  @Test func `another specification has new URLs at once, and the old look comes back byte for byte`() throws {
    try Respecifying(fixture).run()
  }

  @Test func `two hundred that ask nginx at once for what does not exist yet get it after one rendering`() throws {
    try Crowding(fixture, count: 200).throughNginx()
  }

  @Test func `two hundred that ask two processes at once, a worker competing, get it after one rendering`() throws {
    try Crowding(fixture, count: 200).straight()
  }

  @Test func `a page of sixty images, none rendered, is whole in a browser, within the memory that is stated`() throws {
    try Gallery(fixture, count: 60).run()
  }

  @Test func `the same while the keeping of versions is suspended`() throws {
    try fixture.suspendVersions()
    defer { try? fixture.keepVersions() }
    try Overwriting(fixture, count: 20).run()
  }

  @Test func `a user with a hundred of the dearest files under way holds up no other user's photo`() throws {
    try Besieging(fixture, count: 100).ofWorkers()
  }

  @Test func `ten of the largest images that are asked for at once hold up no other user's`() throws {
    try Besieging(fixture, count: 0).onDemand()
  }

  @Test func `with every event dropped the sweep alone finishes every upload`() throws {
    let user = try fixture.user()
    try fixture.withoutEvents {
      let uploads = try (0..<3).map { _ in try fixture.upload(.jpeg(), as: user) }
      try fixture.settle(uploads)
      try fixture.audit(uploads)
    }
  }

  @Test func `what is written over a ready file while every event is dropped is found by the sweep, and goes`() throws {
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

  @Test func `what comes for a dead upload goes`() throws { try LateObjects(fixture).run() }

  @Test func `a hundred uploads in parts arrive although the store fails three requests of ten`() throws {
    try Refusals(fixture, count: 100, megabytes: 12, percent: 30).run()
  }

  @Test func `a file of 50 MB arrives whole, though the store goes away twice and the page once`() throws {
    try Interrupting(fixture).run()
  }

  @Test func `the worker is killed fifty times during two hundred uploads`() throws {
    try Killing(fixture, kills: 50, uploads: 200).run()
  }

  @Test func `the worker is killed fifteen times while forty files are deleted, restored and deleted for good`() throws
  {
    try Deleting(fixture, kills: 15, files: 40).run()
  }

  @Test func `what is withdrawn while nginx fetches it is cut off, and never shown again`() throws {
    try SlowFill(fixture).run()
  }

  @Test func `a worker that sleeps longer than its lease changes nothing when it wakes, twenty times`() throws {
    try Pausing(fixture, pauses: 20).run()
  }

  @Test func `in the end there is nothing that nobody knows`() throws {
    // The last round of a purge comes 45 s after what was withdrawn.
    try until("no job left", within: 120) { try fixture.ledger.jobCount() == 0 }
    let left = try Auditor.lasting { try Auditor.audit().violations }
    #expect(left.isEmpty, "\(left)")
    #expect(try Auditor.audit().files > 0)
  }
}
