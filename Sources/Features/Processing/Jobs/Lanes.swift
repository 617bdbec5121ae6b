import Dispatch
import Foundation
import Storage
import Synchronization

/// Calls of the store that run at the same time, each on a thread.
enum Lanes {
  /// The maximum number of calls at the same time.
  static let count = 4

  private struct State: Sendable {
    var next = 0
    var error: StoreError?
  }

  /// Runs all `works` and returns after the last one; the calling thread does its share.
  ///
  /// After an error, the works that have not begun are left out. Throws the first error.
  static func run(_ works: [@Sendable () throws(StoreError) -> Void]) throws(StoreError) {
    let board = Board(works)
    let group = DispatchGroup()
    for _ in 1..<max(1, min(count, works.count)) {
      group.enter()
      Thread.detachNewThread {
        board.work()
        group.leave()
      }
    }
    board.work()
    group.wait()
    if let error = board.error { throw error }
  }

  private final class Board: Sendable {
    private let works: [@Sendable () throws(StoreError) -> Void]
    private let state = Mutex(State())

    init(_ works: [@Sendable () throws(StoreError) -> Void]) { self.works = works }

    var error: StoreError? { state.withLock { $0.error } }

    func work() {
      while let index = take() {
        do throws(StoreError) {
          try works[index]()
        } catch {
          state.withLock { $0.error = $0.error ?? error }
        }
      }
    }

    private func take() -> Int? {
      state.withLock { state in
        guard state.error == nil, state.next < works.count else { return nil }
        state.next += 1
        return state.next - 1
      }
    }
  }
}
