import Catalog
import Core
import Database
import Foundation
import S3
import Storage
import TestSupport
import Testing

@testable import Processing

/// Users who upload, delete, restore and change their plans for years, day by day, over a store that executes its
/// lifecycle rules as S3 documents them.
///
/// The production code works on a real database, and a clock of the test tells all parts the time. Once a year the
/// worker is off for a week. A model of the rule, written separately, tells what must happen.
final class RetentionSimulation {
  /// A file, as the model knows it.
  struct Subject {
    enum State: Equatable {
      /// The bytes are in the bucket, and nobody checked them yet.
      case waiting
      case ready
      case deleted(Date, by: Cause)
      /// The bytes are gone, as they should be.
      case gone
    }
    enum Cause: Equatable { case owner, lifecycle, cleanup }

    let file: FileID
    let owner: Int
    let key: String
    let isMigrated: Bool
    /// The time at which the object was created, from which S3 counts its age.
    let created: Date
    /// The time at which the worker or a migration saw the object, from which Stowage counts its age.
    var received: Date
    var version: VersionID?
    /// The time of the last restore.
    var restored: Date?
    /// The time before which the database keeps a restored file; nil if its rule needs none.
    var keepUntil: Date?
    var state = State.waiting
  }

  /// The numbers of events, by which a test can tell that enough of each kind happened.
  struct Counts {
    var uploads = 0
    var planChanges = 0
    var restores = 0
    var expiredByStore = 0
    var deletedByLifecycle = 0
    var deletedByCleanup = 0
    /// Markers that the store set although the owner was premium at that time, because a tag was late.
    var premiumMarkers = 0
    /// Files with a marker or an object above the checked version, which the daily comparison found.
    var covered = 0
  }

  static let notice: TimeInterval = 30 * 86_400
  static let year: TimeInterval = 365 * 86_400
  static let start = Date(timeIntervalSince1970: 1_767_225_600)

  let clock = MovableClock(RetentionSimulation.start)
  let fixture: ProcessingFixture
  let people: People
  let lifecycle: Lifecycle
  let cleansUp: Bool
  let retagging: Retagging
  var comparison: BucketComparison
  var cleanup: Cleanup
  let removal: FileRemoval
  let races: Races
  var random: Seeded
  var subjects: [Subject] = []
  /// The positions in `subjects` of the files that still have bytes, oldest first.
  var living: [Int] = []
  /// The positions in `subjects`, by key.
  private(set) var positions: [String: Int] = [:]
  var counts = Counts()
  var violations: [String] = []
  /// The first of `subjects` that is not older than a year.
  var young = 0
  /// The days on which the worker is off.
  private(set) var offDays: Set<Int> = []
  var day = 0

  init(users: Int, cleansUp: Bool, seed name: String) throws {
    random = Seeded(name)
    self.cleansUp = cleansUp
    let clock = clock
    fixture = try ProcessingFixture(clock: { clock.now })
    people = try People(users, in: fixture.database, at: clock.now)
    retagging = Retagging(fixture.processor.dependencies, lanes: 1, perSecond: nil)
    comparison = BucketComparison(
      database: fixture.database,
      store: fixture.store,
      bucket: ProcessingFixture.buckets.raw
    )
    cleanup = Cleanup(database: fixture.database, rule: RetentionRule())
    removal = FileRemoval(
      database: fixture.database,
      store: fixture.store,
      bucket: ProcessingFixture.buckets.raw,
      imagesURL: "https://cdn.example.com",
      retention: RetentionRule()
    )
    races = Races(name)
    let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let document = try Data(contentsOf: checkout.appendingPathComponent("conf/buckets/raw/lifecycle.json"))
    lifecycle = try Lifecycle(JSONValue(json: Array(document)))
  }

  /// Lets `days` pass; of those in `quiet`, when no file is old enough, only every seventh.
  func run(days: Int, quiet: Range<Int> = 0..<0) throws {
    for year in 0...(days / 365) {
      let first = year * 365 + Int.random(in: 20..<350, using: &random)
      offDays.formUnion(first..<first + 7)
    }
    offDays.formUnion(quiet.filter { $0 % 7 != 0 })
    for number in 0..<days {
      day = number
      // Each call of `disturb` also makes the store forget the calls that it recorded.
      disturb()
      if !quiet.contains(day) || day % 7 == 0 { try passDay() }
      if violations.count > 20 { return }
    }
  }

  private func passDay() throws {
    let midnight = Self.start + Double(day) * 86_400
    clock.now = midnight
    try executeLifecycle()
    // The work of the day is due again after 24 hours, so it begins a second later each day.
    let (morning, evening) = (midnight + 21_600 + Double(day), midnight + 61_200)
    try act(until: morning)
    try workAndCheck()
    try act(until: evening)
    if LongRun.isWanted { try workAndCheck() }
    try act(until: midnight + 86_399)
    try upgradeOwnersOfOldFiles()
    checkBytes()
  }

  private func workAndCheck() throws {
    guard !offDays.contains(day) else { return }
    try work()
    try check()
  }

  /// Lets time pass until `end`, in which users act twice.
  private func act(until end: Date) throws {
    for _ in 0..<2 {
      clock.now += .random(in: 0..<max(1, end.timeIntervalSince(clock.now) / 2), using: &random)
      try act()
    }
    clock.now = max(clock.now, end)
  }

  private func executeLifecycle() throws {
    for case .expired(let key) in try fixture.store.memory.run(lifecycle, in: ProcessingFixture.buckets.raw) {
      counts.expiredByStore += 1
      guard let index = positions[key] else { continue }
      if !people.isStandard(subjects[index].owner, at: clock.now) { counts.premiumMarkers += 1 }
    }
  }

  func add(_ subject: Subject) {
    counts.uploads += 1
    positions[subject.key] = subjects.count
    living.append(subjects.count)
    subjects.append(subject)
  }

  func violate(_ text: String, _ subject: Subject) {
    violations.append("day \(day): \(text): \(subject)")
  }

  /// True with this probability.
  func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }
}
