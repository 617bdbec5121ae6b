import Core
import Database
import Foundation
import Synchronization

/// The users of a simulation, with all their changes of plan.
final class People: Sendable {
  private struct Person {
    let user: UserID
    /// The plans, each with its start, oldest first.
    var plans: [(start: Date, plan: Plan)]
  }

  private let database: FileDatabase
  private let people: Mutex<[Person]>
  private let numbers: [String: Int]

  /// Makes users of both plans.
  init(_ count: Int, in database: FileDatabase, at now: Date) throws {
    var made: [Person] = []
    for number in 0..<count {
      let plan: Plan = number.isMultiple(of: 3) ? .premium : .standard
      guard let user = UserID("user\(number)") else { continue }
      _ = try database.user(user, plan: plan, quotaBytes: 10_000_000, at: now)
      made.append(Person(user: user, plans: [(now, plan)]))
    }
    self.database = database
    numbers = Dictionary(uniqueKeysWithValues: made.enumerated().map { ($1.user.written, $0) })
    people = Mutex(made)
  }

  var count: Int { numbers.count }

  func user(_ number: Int) -> UserID { people.withLock { $0[number].user } }

  /// Returns the number of the user whose key this is.
  func owner(of key: String) -> Int? { numbers[String(key.prefix { $0 != "/" })] }

  /// Gives the user the other plan.
  func changePlan(of number: Int, at now: Date) throws {
    try people.withLock { people in
      guard let last = people[number].plans.last else { return }
      let plan: Plan = last.plan == .premium ? .standard : .premium
      _ = try database.change(people[number].user, plan: plan, quotaBytes: nil, at: now)
      people[number].plans.append((now, plan))
    }
  }

  /// True if the user has the standard plan at a time; at the time of a change, the plan before it counts as well.
  func isStandard(_ number: Int, at time: Date) -> Bool {
    people.withLock { people in
      let plans = people[number].plans
      // The database keeps times with a precision of one millisecond.
      let current = plans.last { $0.start <= time + 0.001 }
      return current?.plan == .standard
        || plans.contains { $0.plan == .premium && abs($0.start.timeIntervalSince(time)) < 0.002 }
    }
  }

  /// Returns the time of the last change to the standard plan until `time`; nil if the user always was standard.
  func standardSince(_ number: Int, at time: Date) -> Date? {
    people.withLock { people in
      let change = people[number].plans.last { $0.start <= time + 0.001 && $0.plan == .standard }
      return change?.start == people[number].plans.first?.start ? nil : change?.start
    }
  }
}
