internal import Storage

/// The parts of one file that are under way and stored.
final class PartGathering: Sendable {
  private struct State {
    var running = 0
    var parts: [SentPart] = []
    var failure: SendFailure?
  }

  private let state = Monitor(State())
  private let meter: ProgressMeter

  /// Creates a gathering whose parts `meter` counts until `close`.
  init(_ meter: ProgressMeter) { self.meter = meter }

  /// The first failure of a part; nil while all succeed.
  var failure: SendFailure? { state.locked { $0.failure } }

  /// Counts a part that is about to be sent.
  func begin() { state.locked { $0.running += 1 } }

  /// Takes the result of a part that was begun.
  func end(_ result: Result<SentPart, SendFailure>) {
    if case .success(let part) = result { meter.moved(part.size) }
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
  func add(_ part: SentPart) {
    meter.moved(part.size)
    state.locked { $0.parts.append(part) }
  }

  /// Takes the parts out of the count, because the file counts as a whole or not at all; no part may be under way.
  func close() { meter.moved(-state.locked { $0.parts.reduce(0) { $0 + $1.size } }) }

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
