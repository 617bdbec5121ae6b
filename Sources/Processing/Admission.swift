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

  /// A place to work on an image; it is given up with the object.
  final class Place: Sendable {
    private let admission: Admission
    private let weight: Int

    fileprivate init(_ admission: Admission, _ weight: Int) {
      self.admission = admission
      self.weight = weight
    }

    deinit {
      admission.change { state in
        state.files -= 1
        state.pixels -= weight
      }
    }
  }

  /// A place for an image of so many `pixels`; throws `processing` where there is none by `deadline`.
  ///
  /// An image larger than all that may be worked on at once is let in alone.
  func place(pixels: Int, by deadline: Date) throws(StorageError) -> Place {
    let weight = min(pixels, limits.pixels)
    guard enter(weight, by: deadline) else { throw .processing(retryAfter: 5) }
    return Place(self, weight)
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
