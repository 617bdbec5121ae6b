internal import Storage

/// The parts of one file that are under way and stored.
final class PartGathering: Sendable {
  private struct State {
    var running = 0
    var parts: [SentPart] = []
    var failure: SendFailure?
  }

  private let state = Monitor(State())

  /// The first failure of a part; nil while all succeed.
  var failure: SendFailure? { state.locked { $0.failure } }

  /// Counts a part that is about to be sent.
  func begin() { state.locked { $0.running += 1 } }

  /// Takes the result of a part that was begun.
  func end(_ result: Result<SentPart, SendFailure>) {
    state.locked { state in
      state.running -= 1
      switch result {
      case .success(let part): state.parts.append(part)
      case .failure(let failure): state.failure = state.failure ?? failure
      }
    }
    state.broadcast()
  }

  /// Adds a part that the store had before.
  func add(_ part: SentPart) { state.locked { $0.parts.append(part) } }

  /// Waits until no part is under way; returns the parts by number, or throws the first failure.
  func all() throws(SendFailure) -> [SentPart] {
    let outcome = state.wait { state, _ -> Result<[SentPart], SendFailure>? in
      guard state.running == 0 else { return nil }
      if let failure = state.failure { return .failure(failure) }
      return .success(state.parts.sorted { $0.number < $1.number })
    }
    guard let outcome else { return [] }
    return try outcome.get()
  }
}
