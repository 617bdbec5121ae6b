internal import Dispatch
internal import FoundationEssentials
internal import Signing

/// A refresh in progress, for whose end threads can wait.
final class Refresh: Sendable {
  private let started = ContinuousClock.now
  private let group = DispatchGroup()

  init() { group.enter() }

  func end() { group.leave() }

  /// Waits for the end of the refresh, or until `patience` after its start, however late the caller arrives.
  func wait(_ patience: Duration) {
    let rest = patience - (.now - started)
    _ = group.wait(timeout: .now() + max(0, rest / .seconds(1)))
  }
}

/// The state of `RefreshingCredentials`, protected by its lock.
struct CredentialLedger {
  private(set) var status = CredentialStatus()
  private(set) var underWay: Refresh?
  private var found: ProviderChain.Found?
  /// The time from which the present credentials are refreshed.
  private var due = Date.distantPast
  /// The time before which no refresh starts.
  private var next = Date.distantPast
  /// The start of the last refresh.
  private var attempted = Date.distantPast
  private var failuresInARow = 0
  private var isExhausted = false

  /// Returns the present credentials if they are valid.
  func valid(at now: Date) -> Credentials? {
    guard let credentials = found?.credentials, credentials.seconds(at: now, limit: 1) >= 1 else { return nil }
    return credentials
  }

  /// Starts a refresh if one is needed, none is in progress, and the last one is long enough ago.
  mutating func turn(lasting seconds: Int, at now: Date, _ pace: RefreshPace) -> Refresh? {
    guard underWay == nil else { return nil }
    let left = valid(at: now)?.seconds(at: now, limit: max(seconds, 60)) ?? 0
    guard left < max(seconds, 1) || now >= due else { return nil }
    // The pause may have begun while there was more time.
    let earliest = left < 60 ? min(next, attempted + pace.longestPauseWithout) : next
    // A clock that was set back must not put the next attempt off by as much.
    let isSetBack = earliest.timeIntervalSince(now) > 2 * max(pace.longestPause, pace.rereading)
    guard now >= earliest || isSetBack else { return nil }
    let refresh = Refresh()
    underWay = refresh
    attempted = now
    return refresh
  }

  /// Records fresh credentials; `random` is in 0..<1.
  mutating func take(_ fresh: ProviderChain.Found, at now: Date, _ pace: RefreshPace, random: Double) -> CredentialNews?
  {
    let isNew = found?.credentials != fresh.credentials
    let wasFailing = failuresInARow > 0 || isExhausted
    let early = 1 + pace.jitter * random
    if let end = fresh.credentials.expiration {
      let life = end.timeIntervalSince(now)
      due = end - min(pace.window, life / 2) * early
      next = now + min(pace.longestPause, max(1, (life - 60) / 2))
    } else {
      due = fresh.isChangeable ? now + pace.rereading * early : .distantFuture
      next = fresh.isChangeable ? due : now
    }
    found = fresh
    status.place = fresh.place
    status.expiration = fresh.credentials.expiration
    status.failure = nil
    status.successes += 1
    failuresInARow = 0
    isExhausted = false
    underWay = nil
    return isNew || wasFailing ? .obtained(status, afterFailure: wasFailing) : nil
  }

  /// Records a failed refresh; the pause doubles with each failure and has jitter.
  mutating func fail(_ error: CredentialError, at now: Date, _ pace: RefreshPace, random: Double) -> CredentialNews? {
    failuresInARow += 1
    status.failures += 1
    status.failure = error.reason
    let hasSome = valid(at: now) != nil
    let longest = hasSome ? pace.longestPause : pace.longestPauseWithout
    let bound = min(longest, Double(1 << min(failuresInARow - 1, 16)))
    next = now + bound * (0.5 + 0.5 * random)
    underWay = nil
    return failuresInARow == 1 && hasSome ? .failing(status) : nil
  }

  /// Records that a caller found no valid credentials; nil if that is already known.
  mutating func exhaust() -> CredentialNews? {
    guard !isExhausted else { return nil }
    isExhausted = true
    return .exhausted(status)
  }
}
