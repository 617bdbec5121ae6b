internal import Dispatch
public import FoundationEssentials

/// The state of the document of a `KeySource`.
public struct KeyStatus: Sendable {
  /// The number of usable keys.
  public fileprivate(set) var keys = 0
  /// The reasons why other keys were skipped, for an administrator.
  public fileprivate(set) var skipped: [String] = []
  /// The modification time of the file, or the time of the last successful fetch; nil without a document.
  public fileprivate(set) var date: Date?
  /// The number of reads of a valid document, changed or unchanged.
  public fileprivate(set) var successes = 0
  /// The number of checks that found no valid document.
  public fileprivate(set) var failures = 0
  /// The reason why the last check failed; nil if it succeeded.
  public fileprivate(set) var failure: String?

  fileprivate init() {}

  init(_ keys: KeySet) {
    self.keys = keys.keys.count
    skipped = keys.skipped
  }
}

/// A fetch in progress, for whose end threads can wait.
final class KeyFetch: Sendable {
  private let started: ContinuousClock.Instant
  private let group = DispatchGroup()

  init(at now: ContinuousClock.Instant) {
    started = now
    group.enter()
  }

  func end() { group.leave() }

  /// Waits for the end of the fetch, or until `patience` after its start, however late the caller arrives.
  func wait(_ patience: Duration, from now: ContinuousClock.Instant) {
    let rest = patience - (now - started)
    _ = group.wait(timeout: .now() + max(0, rest / .seconds(1)))
  }
}

/// The state of a `KeySource`, protected by its lock.
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

  /// The number of documents loaded so far.
  var number: Int { edition?.number ?? 0 }

  /// True if the caller must check the file now.
  mutating func takesLook(at now: ContinuousClock.Instant, then pause: Duration) -> Bool {
    guard now >= nextLook else { return false }
    nextLook = now + pause
    return true
  }

  /// Returns a fetch that the caller must run; nil if none is due or one is in progress.
  mutating func turn(at now: ContinuousClock.Instant, isDue: Bool) -> KeyFetch? {
    guard isDue, underWay == nil else { return nil }
    underWay = KeyFetch(at: now)
    return underWay
  }

  mutating func end(next: ContinuousClock.Instant) {
    underWay = nil
    nextLook = next
  }

  /// True if `found` equals the current document; then `date` is recorded as its newest date.
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

  /// Records a failure; returns true if the previous check did not fail with the same error.
  mutating func fail(_ error: KeySetError) -> Bool {
    defer { status.failure = error.description }
    status.failures += 1
    stamp = nil
    return status.failure != error.description
  }
}
