import Database
import Foundation
import Synchronization

/// Carries out many calls about tags on several threads.
struct TagLanes: Sendable {
  let tagging: ObjectTagging
  let pace: Pace
  /// The maximum number of calls at a time.
  let count: Int

  /// The number of failures in a row after which no further call is made: the store is in trouble.
  static let maximumFailures = 5

  /// Returns the outcome of each call; nil for a call that was not made.
  ///
  /// No call starts after `maximumFailures` calls in a row without an answer, after `end`, or when `isWanted` is false.
  func perform(
    _ calls: [TagCall],
    until end: ContinuousClock.Instant,
    while isWanted: @escaping @Sendable () -> Bool
  ) -> [ObjectTagging.Outcome?] {
    let next = Atomic(0)
    let failures = Atomic(0)
    let outcomes = Mutex([ObjectTagging.Outcome?](repeating: nil, count: calls.count))
    let work: @Sendable () -> Void = { [self] in
      while isWanted(), failures.load(ordering: .relaxed) < Self.maximumFailures, ContinuousClock.now < end {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < calls.count else { return }
        pace.wait()
        let outcome = tagging.perform(calls[number])
        switch outcome {
        case .unanswered, .refused: failures.add(1, ordering: .relaxed)
        case .done, .missing, .notOffered: failures.store(0, ordering: .relaxed)
        }
        outcomes.withLock { $0[number] = outcome }
      }
    }
    let group = DispatchGroup()
    for _ in 1..<max(1, min(count, calls.count)) {
      group.enter()
      Thread {
        work()
        group.leave()
      }.start()
    }
    work()
    group.wait()
    return outcomes.withLock { $0 }
  }
}
