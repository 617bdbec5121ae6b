import Core
import Foundation
import Synchronization

/// Lets in as many images at once as their pixels and the number of decoders allow, in the order in which they came.
final class Admission: Sendable {
  private struct State {
    var queue: [UInt64] = []
    var nextTicket: UInt64 = 0
    var files = 0
    var pixels = 0
  }

  private let limits: OnDemandSettings
  private let state = Mutex(State())
  private let changes = NSCondition()

  init(_ limits: OnDemandSettings) { self.limits = limits }

  /// Runs `body` once `pixels` more may be worked on; throws `processing` where that is not so by `deadline`.
  ///
  /// An image larger than all that may be worked on at once is let in alone.
  @discardableResult
  func admit<Value>(
    pixels: Int,
    by deadline: Date,
    _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    let weight = min(pixels, limits.pixels)
    guard enter(weight, by: deadline) else { throw .processing(retryAfter: 5) }
    defer {
      change { state in
        state.files -= 1
        state.pixels -= weight
      }
    }
    return try body()
  }

  private func enter(_ weight: Int, by deadline: Date) -> Bool {
    let ticket = state.withLock { state in
      state.nextTicket += 1
      state.queue.append(state.nextTicket)
      return state.nextTicket
    }
    defer { change { $0.queue.removeAll { $0 == ticket } } }
    changes.lock()
    defer { changes.unlock() }
    while !isLetIn(ticket, weight) {
      guard changes.wait(until: deadline) else { return false }
    }
    return true
  }

  private func isLetIn(_ ticket: UInt64, _ weight: Int) -> Bool {
    state.withLock { state in
      guard state.queue.first == ticket, state.files < limits.files, state.pixels + weight <= limits.pixels else {
        return false
      }
      state.files += 1
      state.pixels += weight
      return true
    }
  }

  private func change(_ body: (inout State) -> Void) {
    changes.lock()
    state.withLock { body(&$0) }
    changes.broadcast()
    changes.unlock()
  }
}
