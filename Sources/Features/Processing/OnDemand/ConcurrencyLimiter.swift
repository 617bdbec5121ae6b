import Core
import Foundation
import Synchronization

/// Lets in as many images at once as their pixels and the number of decoders allow, at most half of either for those of one
/// user, and users in turn.
final class ConcurrencyLimiter: Sendable {
  /// Somebody who wants to be let in, for an image of `user`.
  private struct Waiter {
    let ticket: UInt64
    let user: UserID
    let weight: Int
  }

  /// What of a user's is usage, and when the last of it was let in.
  private struct Usage {
    var files = 0
    var pixels = 0
    var turn: UInt64 = 0
  }

  private struct State {
    var queue: [Waiter] = []
    var count: UInt64 = 0
    var users: [UserID: Usage] = [:]
    var files: Int { users.values.reduce(0) { $0 + $1.files } }
    var pixels: Int { users.values.reduce(0) { $0 + $1.pixels } }

    mutating func next() -> UInt64 {
      count += 1
      return count
    }
  }

  private let limits: OnDemandSettings
  private let state = Mutex(State())
  private let changes = NSCondition()

  init(_ limits: OnDemandSettings) { self.limits = limits }

  /// A permit to work on an image; it is given up with the object.
  final class Permit: Sendable {
    private let limiter: ConcurrencyLimiter
    private let user: UserID
    private let weight: Int

    fileprivate init(_ limiter: ConcurrencyLimiter, _ user: UserID, _ weight: Int) {
      self.limiter = limiter
      self.user = user
      self.weight = weight
    }

    deinit {
      limiter.change { state in
        state.users[user]?.files -= 1
        state.users[user]?.pixels -= weight
      }
    }
  }

  /// A permit for an image of `user` of so many `pixels`; throws `processing` where there is none by `deadline`.
  ///
  /// An image larger than half of what may be worked on at once is let in as the only one of its user, and one larger than
  /// all alone.
  func permit(for user: UserID, pixels: Int, by deadline: Date) throws(StorageError) -> Permit {
    let weight = min(pixels, limits.pixels)
    guard enter(user, weight, by: deadline) else { throw .processing(retryAfter: 5) }
    return Permit(self, user, weight)
  }

  private func enter(_ user: UserID, _ weight: Int, by deadline: Date) -> Bool {
    let ticket = state.withLock { state in
      let waiter = Waiter(ticket: state.next(), user: user, weight: weight)
      state.queue.append(waiter)
      return waiter.ticket
    }
    defer { change { $0.queue.removeAll { $0.ticket == ticket } } }
    changes.lock()
    defer { changes.unlock() }
    while !isLetIn(ticket) {
      guard changes.wait(until: deadline) else { return false }
    }
    return true
  }

  private func isLetIn(_ ticket: UInt64) -> Bool {
    state.withLock { state in
      guard let waiter = first(in: state), waiter.ticket == ticket, state.files < limits.files,
        state.pixels + waiter.weight <= limits.pixels
      else { return false }
      let turn = state.next()
      state.users[waiter.user, default: Usage()].files += 1
      state.users[waiter.user]?.pixels += waiter.weight
      state.users[waiter.user]?.turn = turn
      return true
    }
  }

  /// Who is next: of the users who have not their share, one with the fewest inside; of these, the one who was let in
  /// longest ago.
  ///
  /// Nobody overtakes them while there is no room, or a large image would wait for ever.
  private func first(in state: borrowing State) -> Waiter? {
    let users = state.users
    return state.queue.filter { hasRoom($0, users[$0.user] ?? Usage()) }.min { first, second in
      let (one, other) = (users[first.user] ?? Usage(), users[second.user] ?? Usage())
      return (one.files, one.turn, first.ticket) < (other.files, other.turn, second.ticket)
    }
  }

  private func hasRoom(_ waiter: Waiter, _ usage: Usage) -> Bool {
    usage.files == 0 || usage.files < limits.share && usage.pixels + waiter.weight <= limits.pixels / 2
  }

  private func change(_ body: (inout State) -> Void) {
    changes.lock()
    state.withLock { state in
      body(&state)
      let waiting = Set(state.queue.map(\.user))
      state.users = state.users.filter { $0.value.files > 0 || waiting.contains($0.key) }
    }
    changes.broadcast()
    changes.unlock()
  }
}
