import Core
import Foundation
import Synchronization

/// Limits the images in work by number and by total pixels.
///
/// One user can have at most half of either limit, and users take turns.
final class ConcurrencyLimiter: Sendable {
  /// A request that waits for a permit.
  private struct Waiter {
    let ticket: UInt64
    let user: UserID
    let weight: Int
  }

  /// The images and pixels that are being processed for a user, and the sequence number of the user's last permit.
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

  /// The permission to process an image.
  ///
  /// Releasing the object returns the permission.
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

  /// Waits for a permit to process an image of `pixels` pixels; throws `processing` if none is available by `deadline`.
  ///
  /// An image larger than half of the pixel limit is admitted as its user's only image. An image larger than the whole
  /// limit is admitted as the only image.
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

  /// Returns the next waiter: from the user with the fewest permits, and among these from the user who waited longest
  /// since the last permit.
  ///
  /// Users at their limit are skipped.
  ///
  /// If the next waiter's image does not fit the pixel limit, other waiters do not overtake it. A large image would
  /// otherwise wait without end.
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
