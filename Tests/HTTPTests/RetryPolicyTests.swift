import HTTP
import TestSupport
import Testing

@Suite struct `A retry policy` {
  private func pauses(_ policy: RetryPolicy, attempt: Int, elapsed: Double = 0, retryAfter: Double? = nil) -> [Double?]
  {
    var generator = Seeded("pauses")
    return (0..<200).map { _ in
      policy.pause(afterAttempt: attempt, elapsed: elapsed, retryAfter: retryAfter, using: &generator)
    }
  }

  @Test func `pauses are random below a bound that doubles up to the longest`() {
    let policy = RetryPolicy(attempts: 10, firstPause: 0.1, longestPause: 0.3)
    for (attempt, bound) in [(1, 0.1), (2, 0.2), (3, 0.3), (9, 0.3)] {
      let pauses = pauses(policy, attempt: attempt).compactMap { $0 }
      #expect(pauses.count == 200 && pauses.allSatisfy { (0...bound).contains($0) })
      #expect(Set(pauses).count > 100 && pauses.contains { $0 > bound / 2 } && pauses.contains { $0 < bound / 2 })
    }
  }

  @Test func `the number of attempts and the time budget end it`() {
    let policy = RetryPolicy(attempts: 3, budget: 1)
    #expect(pauses(policy, attempt: 2).allSatisfy { $0 != nil })
    #expect(pauses(policy, attempt: 3).allSatisfy { $0 == nil })
    #expect(pauses(policy, attempt: 1, elapsed: 1.1).allSatisfy { $0 == nil })
    #expect(pauses(.never, attempt: 1).allSatisfy { $0 == nil })
  }

  @Test func `a pause that the server requests is used up to the longest pause`() {
    let policy = RetryPolicy(longestPause: 2)
    #expect(pauses(policy, attempt: 1, retryAfter: 1.5).allSatisfy { $0 == 1.5 })
    #expect(pauses(policy, attempt: 1, retryAfter: 3600).allSatisfy { $0 == 2 })
    #expect(pauses(policy, attempt: 1, retryAfter: -5).compactMap { $0 }.allSatisfy { $0 >= 0 })
  }
}
