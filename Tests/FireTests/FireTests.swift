import Foundation
import TestSupport
import Testing

private let isUnderFire = ProcessInfo.processInfo.environment["STOWAGE_FIRE"] == "1" && Stack.current != nil

/// What happens to one system while its processes die, sleep and are written over; after each test an auditor looks.
///
/// In this order: the first needs a raw bucket that nothing was ever put into.
@Suite(.serialized, .enabled(if: isUnderFire, "script/test brings a system up for these alone (STOWAGE_FIRE=1)"))
struct FireTests {
  private let ground: Ground

  init() throws { ground = try Ground(#require(Stack.current)) }

  @Test func `without versions, what is written over an upload is never served, and the judged copy stays`() throws {
    try ground.forgetVersions()
    defer { try? ground.keepVersions() }
    try Overwriting(ground, count: 40).run()
  }

  @Test func `the auditor finds every kind of violation`() throws {
    let user = try ground.user()
    try ground.settle([
      try ground.upload(.jpeg(), as: user), try ground.upload(.pdf(), as: user),
      try ground.upload(.infected(ground.signature), as: user),
    ])
    _ = try ground.stack.ticket(size: 1000, token: user.token)
    let report = try Auditor.plant(user.name)
    #expect(report.clean.isEmpty, "\(report.clean)")
    #expect(report.plants.count > 25)
    for plant in report.plants { #expect(plant.found.contains(plant.wanted), "\(plant.plant): \(plant.found)") }
  }

  @Test func `a hundred second versions, during and after the scan: nothing else is served than what was scanned`()
    throws
  {
    try Overwriting(ground, count: 100).run()
  }

  @Test func `what comes for a dead upload goes`() throws { try LateObjects(ground).run() }

  @Test func `the worker is killed fifty times during two hundred uploads`() throws {
    try Killing(ground, kills: 50, uploads: 200).run()
  }

  @Test func `a worker that sleeps longer than its lease changes nothing when it wakes, twenty times`() throws {
    try Pausing(ground, pauses: 20).run()
  }

  @Test func `in the end there is nothing that nobody knows`() throws {
    let report = try Auditor.audit()
    #expect(report.violations.isEmpty, "\(report.violations)")
    #expect(report.files > 0)
  }
}
