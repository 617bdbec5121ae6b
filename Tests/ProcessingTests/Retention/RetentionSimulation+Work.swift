import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

extension RetentionSimulation {
  /// Does what a worker does until it is idle: jobs, tags, a sweep, and the work of the day.
  func work() throws {
    try runJobs()
    try retag()
    _ = try fixture.sweeper.sweep(at: clock.now)
    try runJobs()
    var isCompared = false
    while !isCompared, let part = try comparison.next(at: clock.now) {
      counts.covered += part.covered.count
      for file in part.missing { violations.append("day \(day): the object of \(file) is missing") }
      isCompared = part.isLast
    }
    try runJobs()
    var isClean = !cleansUp
    while !isClean, let part = try cleanup.daily(at: clock.now) { isClean = part.isLast }
    try runJobs()
    try retag()
  }

  /// Runs every job that is due, without the courtesy of migrated files, which waits for real seconds.
  private func runJobs() throws {
    while let job = try fixture.database.leaseJob(seconds: 120, at: clock.now) {
      _ = try fixture.processor.process(job)
    }
  }

  private func retag() throws {
    // A user whose plan changed during the calls is due again.
    for _ in 0..<1000 {
      guard let turn = try retagging.turn(at: clock.now) else { return }
      #expect(turn.obstacle == nil)
    }
    Issue.record("day \(day): the work on tags does not end")
  }

  /// Changes the plan of a user now and then while a call about an object of the user is under way.
  ///
  /// Between two steps of a job, the plan that the first step read is then no longer the plan.
  func disturb() {
    let (people, clock, races) = (people, clock, races)
    fixture.store.obey { call, _ in
      guard [.setTags, .removeTags, .delete, .head].contains(call.operation), races.isNext(),
        let owner = people.owner(of: call.key)
      else { return nil }
      clock.now += 0.01
      try people.changePlan(of: owner, at: clock.now)
      return nil
    }
  }
}

/// The choice of the calls during which a plan changes: one in 150, with repeatable random numbers.
final class Races: Sendable {
  private let random: Mutex<Seeded>
  private let hits = Atomic(0)

  init(_ name: String) { random = Mutex(Seeded(name)) }

  /// The number of calls that were chosen.
  var count: Int { hits.load(ordering: .relaxed) }

  func isNext() -> Bool {
    let isChosen = random.withLock { Int.random(in: 0..<150, using: &$0) == 0 }
    if isChosen { hits.add(1, ordering: .relaxed) }
    return isChosen
  }
}
