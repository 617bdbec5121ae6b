internal import Core
public import Storage

/// Lets as many requests through at a time as the store bears, and holds all of them while the store is away.
///
/// The limit grows by one for each round of successes, and halves when the store asks to slow down, once for all
/// requests that were under way. After a series of requests without any answer the store counts as away: single
/// requests then probe it at growing intervals.
///
/// While users upload, the gate lets few requests through, at the pace of `Pace.besideUploads`.
///
/// Source: https://www.rfc-editor.org/rfc/rfc5681 (additive increase, multiplicative decrease)
final class StoreGate: Sendable {
  /// The permission for one request.
  struct Pass: Sendable {
    fileprivate let epoch: Int
    fileprivate let isProbe: Bool
  }

  private struct State {
    var limit: Double
    var running = 0
    /// The number of times that the limit was halved.
    var epoch = 0
    var failuresInRow = 0
    var lastAnswer = monotonicSeconds()
    var awaySince: Double?
    var nextProbe = 0.0
    var probePause = 0.5
    var isProbing = false
    var isStopped = false
    /// The pace while users upload; nil while nobody does.
    var pace: Pace?
    /// The earliest start of the next request under the pace.
    var nextStart = 0.0

    /// Returns the start of a request with a body of `bytes`, and moves the next start behind it.
    mutating func reserve(_ bytes: Int64, at pace: Pace, _ now: Double) -> Double {
      let start = max(now, nextStart)
      nextStart = start + pace.seconds(forRequestOf: bytes)
      return start
    }
  }

  /// The longest time between two probes, in seconds.
  private static let longestProbePause = 10.0
  /// The time without any answer after which the store counts as away, in seconds.
  private static let silence = 3.0

  private let state: Monitor<State>
  private let largest: Double
  private let smallest: Double
  private let patience: Double
  private let report: @Sendable (SenderEvent) -> Void

  /// Creates a gate for up to `largest` requests at a time, at first `first`.
  ///
  /// `patience` is the number of seconds for which files wait while the store is away.
  init(first: Int, largest: Int, patience: Double, report: @escaping @Sendable (SenderEvent) -> Void) {
    self.largest = Double(max(1, largest))
    smallest = min(4, self.largest)
    self.patience = patience
    self.report = report
    state = Monitor(State(limit: min(max(Double(first), smallest), self.largest)))
  }

  /// The number of requests that the gate lets through at a time.
  var limit: Int { state.locked { Int($0.limit) } }

  /// True after `stop`.
  var isStopped: Bool { state.locked { $0.isStopped } }

  /// True while the store does not answer.
  var isAway: Bool { state.locked { $0.awaySince != nil } }

  /// Refuses all further requests.
  func stop() {
    state.locked { $0.isStopped = true }
    state.broadcast()
  }

  /// Makes all requests keep to `pace`; nil lets them through at full speed again.
  func keep(to pace: Pace?) {
    state.locked { state in
      state.pace = pace
      state.nextStart = 0
    }
    state.broadcast()
  }

  /// Waits for a permission for a request with a body of `bytes`.
  ///
  /// Throws `stopped` after `stop`, and `temporary` if the store was away for too long.
  func enter(bytes: Int64 = 0) throws(SendFailure) -> Pass {
    var start: Double?
    let outcome = state.wait { state, pause -> Result<Pass, SendFailure>? in
      if state.isStopped { return .failure(.stopped) }
      let now = monotonicSeconds()
      if let since = state.awaySince {
        if now - since > self.patience {
          return .failure(.temporary(.unavailable(detail: "no answer for \(Int(now - since)) s")))
        }
        guard !state.isProbing, now >= state.nextProbe else {
          pause = state.isProbing ? 1 : state.nextProbe - now
          return nil
        }
        state.isProbing = true
      } else if state.running >= Int(state.limit) {
        // A thread that waits for its start can use up the signal.
        if state.pace != nil { pause = 0.1 }
        return nil
      } else if let pace = state.pace {
        // Each waiting request has a separate start, so that they do not all wake for each start.
        let mine = start ?? state.reserve(bytes, at: pace, now)
        start = mine
        guard now >= mine else {
          pause = mine - now
          return nil
        }
        guard state.running < pace.requests else {
          pause = pace.seconds(forRequestOf: 0)
          return nil
        }
      }
      state.running += 1
      return .success(Pass(epoch: state.epoch, isProbe: state.awaySince != nil))
    }
    guard let outcome else { throw .stopped }
    return try outcome.get()
  }

  /// Returns a permission with the request's failure, or nil if the store answered.
  func leave(_ pass: Pass, _ failure: StoreError?) {
    let (event, isOpened) = state.locked { state in settle(pass, failure, &state) }
    if isOpened { state.broadcast() } else { state.signal() }
    if let event { report(event) }
  }

  private func settle(_ pass: Pass, _ failure: StoreError?, _ state: inout State) -> (SenderEvent?, isOpened: Bool) {
    let now = monotonicSeconds()
    state.running -= 1
    if pass.isProbe { state.isProbing = false }
    guard let failure, failure.isSilence else { return answered(now, &state) }
    state.failuresInRow += 1
    if state.awaySince != nil {
      guard pass.isProbe else { return (nil, false) }
      state.nextProbe = now + state.probePause
      state.probePause = min(state.probePause * 2, Self.longestProbePause)
      return (nil, false)
    }
    if state.failuresInRow >= max(6, 2 * Int(state.limit)), now - state.lastAnswer >= Self.silence {
      state.awaySince = state.lastAnswer
      state.probePause = 0.5
      state.nextProbe = now + state.probePause
      return (.storeAway(failure), true)
    }
    guard case .throttled = failure, pass.epoch == state.epoch, state.limit > smallest else { return (nil, false) }
    state.limit = max(smallest, state.limit / 2)
    state.epoch += 1
    return (.slowedDown(requests: Int(state.limit)), false)
  }

  private func answered(_ now: Double, _ state: inout State) -> (SenderEvent?, isOpened: Bool) {
    state.failuresInRow = 0
    state.lastAnswer = now
    guard let since = state.awaySince else {
      state.limit = min(largest, state.limit + 1 / state.limit)
      return (nil, false)
    }
    state.awaySince = nil
    state.limit = min(state.limit, max(smallest, 16))
    return (.storeBack(seconds: now - since), true)
  }
}

/// An event that a person who watches the run wants to know.
public enum SenderEvent: Hashable, Sendable {
  /// The store stopped answering; the run waits.
  case storeAway(StoreError)
  /// The store answers again, after as many seconds.
  case storeBack(seconds: Double)
  /// The store asked to slow down; the run now makes as many requests at a time.
  case slowedDown(requests: Int)
  /// Users upload, and the run keeps to this pace meanwhile.
  case yielding(Pace)
  /// The store refuses checksums, so that objects carry none.
  case checksumsRefused
  /// The store refuses `If-None-Match`, so that the run asks for an object before it repeats a request.
  case conditionsRefused
}

extension StoreError {
  /// True if the store did not answer the request, or only reported that it cannot now.
  fileprivate var isSilence: Bool {
    switch self {
    case .throttled, .unavailable, .timeout, .integrity: true
    default: false
    }
  }
}

extension SenderEvent {
  /// The event as a sentence for the person who watches the run.
  public var words: String {
    switch self {
    case .storeAway(let error): "the store does not answer (\(error)); the run waits for it"
    case .storeBack(let seconds): "the store answers again after \(Wording.duration(seconds))"
    case .slowedDown(let requests): "the store asks to slow down: now \(Wording.number(requests, "request")) at a time"
    case .yielding(let pace):
      "users upload: meanwhile the run makes \(Int(pace.requestsPerSecond)) requests a second; --beside-uploads full "
        + "keeps the speed"
    case .checksumsRefused: "the store refuses checksums: objects carry none, and the ledger has their digests"
    case .conditionsRefused: "the store refuses conditions: each key is looked at before it is written"
    }
  }
}
