internal import Dispatch
public import FoundationEssentials

/// How the document of a `KeySource` stands.
public struct KeyStatus: Sendable {
  /// How many keys count.
  public fileprivate(set) var keys = 0
  /// Why others were left out, in words for an administrator.
  public fileprivate(set) var skipped: [String] = []
  /// When the file was written, or the server gave the document last; nil where there is none.
  public fileprivate(set) var date: Date?
  /// Good documents so far, whether they differed or not.
  public fileprivate(set) var successes = 0
  /// Looks without a good document so far.
  public fileprivate(set) var failures = 0
  /// Why the last look failed; nil where it did not.
  public fileprivate(set) var failure: String?

  fileprivate init() {}

  init(_ keys: KeySet) {
    self.keys = keys.keys.count
    skipped = keys.skipped
  }
}

/// One question to a server, and those who wait for its end.
final class KeyFetch: Sendable {
  private let started: ContinuousClock.Instant
  private let group = DispatchGroup()

  init(at now: ContinuousClock.Instant) {
    started = now
    group.enter()
  }

  func end() { group.leave() }

  /// Waits for the end, or until `patience` after the beginning: who comes later waits no longer.
  func wait(_ patience: Duration, from now: ContinuousClock.Instant) {
    let rest = patience - (now - started)
    _ = group.wait(timeout: .now() + max(0, rest / .seconds(1)))
  }
}

/// What a `KeySource` knows; its lock's owner alone touches it.
struct KeyLedger {
  private(set) var edition: KeySource.Edition?
  private(set) var status = KeyStatus()
  private(set) var underWay: KeyFetch?
  private(set) var nextLook: ContinuousClock.Instant
  var nextAsked: ContinuousClock.Instant
  var stamp: KeyFile.Stamp?
  private var document = Data()

  init(now: ContinuousClock.Instant) {
    nextLook = now
    nextAsked = now
  }

  /// How many documents have counted so far.
  var number: Int { edition?.number ?? 0 }

  /// Whether a look at a file is the caller's.
  mutating func takesLook(at now: ContinuousClock.Instant, then pause: Duration) -> Bool {
    guard now >= nextLook else { return false }
    nextLook = now + pause
    return true
  }

  /// A fetch that the caller begins; nil where it is not due, or one is under way.
  mutating func turn(at now: ContinuousClock.Instant, isDue: Bool) -> KeyFetch? {
    guard isDue, underWay == nil else { return nil }
    underWay = KeyFetch(at: now)
    return underWay
  }

  mutating func end(next: ContinuousClock.Instant) {
    underWay = nil
    nextLook = next
  }

  /// Whether `found` is the document that counts already; then it is as new as `date`.
  mutating func confirms(_ found: Data, as date: Date) -> Bool {
    guard edition != nil, found == document else { return false }
    status.date = date
    status.successes += 1
    status.failure = nil
    return true
  }

  mutating func take(_ keys: KeySet, from found: Data, as date: Date) -> KeyStatus {
    edition = KeySource.Edition(keys: keys, number: number + 1)
    document = found
    status.keys = keys.keys.count
    status.skipped = keys.skipped
    _ = confirms(found, as: date)
    return status
  }

  /// Notes a failure; whether the one before was another, or none.
  mutating func fail(_ error: KeySetError) -> Bool {
    defer { status.failure = error.description }
    status.failures += 1
    stamp = nil
    return status.failure != error.description
  }
}
