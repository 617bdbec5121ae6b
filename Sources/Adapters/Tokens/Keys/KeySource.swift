internal import Dispatch
internal import FoundationEssentials
internal import Synchronization

/// The current keys: fixed keys, or the keys of a file or URL that is read again after changes.
///
/// An unreadable document, or one without a usable key, changes nothing: the last valid document remains in use. A
/// valid document replaces the previous one completely, so keys that it no longer lists become invalid. Any number of
/// threads may ask at once. One of the asking threads checks a file; a separate queue fetches a URL.
public final class KeySource: Sendable {
  /// The intervals and timeouts of checks for a new document.
  public struct Pace: Sendable {
    /// The time between two checks of a file.
    public var look = Duration.seconds(1)
    /// The age at which the document of a server is fetched again.
    public var refresh = Duration.seconds(3600)
    /// The time between two fetches because of an unknown `kid`, and after a failed fetch while keys are available.
    public var pause = Duration.seconds(60)
    /// The time after a failed fetch while no keys are available.
    public var retry = Duration.seconds(5)
    /// The maximum time that callers wait for a fetch, counted from the start of the fetch.
    public var patience = Duration.seconds(2)

    /// Creates the default intervals: 1 s for a file, 1 h for a URL, 60 s for an unknown `kid`, 5 s after a failure; 2
    /// s of waiting.
    public init() {}
  }

  /// The result of a check, for the log.
  public enum News: Sendable {
    /// A new document is in use.
    case loaded(KeyStatus)
    /// The document is unusable, for this reason; the previous one remains in use.
    case failed(String)
  }

  /// The keys of one document, and the number of documents so far.
  struct Edition {
    let keys: KeySet
    let number: Int
  }

  private enum Place {
    case fixed(KeySet)
    case file(KeyFile)
    case url(KeyURL)

    var name: String {
      switch self {
      case .fixed: "fixed keys"
      case .file(let file): file.path
      case .url(let url): url.url
      }
    }
  }

  private let place: Place
  private let pace: Pace
  private let clock: @Sendable () -> ContinuousClock.Instant
  private let report: @Sendable (News) -> Void
  private let state: Mutex<KeyLedger>
  private let queue = DispatchQueue(label: "token keys")

  /// Creates a source of fixed keys.
  public convenience init(_ keys: KeySet) { self.init(.fixed(keys), Pace(), { .now }, { _ in }) }

  /// Creates a source of the keys in a file, which is read again within a second of a change.
  public convenience init(
    file path: String,
    pace: Pace = Pace(),
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    report: @escaping @Sendable (News) -> Void = { _ in }
  ) {
    self.init(.file(KeyFile(path: path)), pace, clock, report)
  }

  /// Creates a source of the keys at an https URL; `caFile` replaces the certification authorities of the system.
  ///
  /// Secrets in the document are skipped, because everyone who can fetch the document could sign with them. The first
  /// fetch starts immediately.
  public convenience init(
    url: String,
    caFile: String? = nil,
    pace: Pace = Pace(),
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    report: @escaping @Sendable (News) -> Void = { _ in }
  ) {
    self.init(.url(KeyURL(url: url, caFile: caFile)), pace, clock, report)
    _ = state.withLock { $0.turn(at: clock(), isDue: true) }.map(fetch)
  }

  private init(
    _ place: Place,
    _ pace: Pace,
    _ clock: @escaping @Sendable () -> ContinuousClock.Instant,
    _ report: @escaping @Sendable (News) -> Void
  ) {
    self.place = place
    self.pace = pace
    self.clock = clock
    self.report = report
    state = Mutex(KeyLedger(now: clock()))
  }

  /// The state of the document.
  public var status: KeyStatus {
    if case .fixed(let keys) = place { return KeyStatus(keys) }
    return state.withLock { $0.status }
  }

  /// Throws, with a reason for an administrator, if no keys are available; waits up to `Pace.patience` for a first
  /// document.
  public func check() throws(KeySetError) { _ = try current() }

  /// Returns the current keys; throws if no valid document has been read yet.
  func current() throws(KeySetError) -> Edition {
    switch place {
    case .fixed(let keys): return Edition(keys: keys, number: 0)
    case .file(let file):
      let now = clock()
      if state.withLock({ $0.takesLook(at: now, then: pace.look) }) { look(at: file) }
    case .url:
      let now = clock()
      let (edition, started, underWay) = state.withLock { ledger in
        let started = ledger.turn(at: now, isDue: now >= ledger.nextLook)
        return (ledger.edition, started, ledger.underWay)
      }
      if let started { fetch(started) }
      if let edition { return edition }
      underWay?.wait(pace.patience, from: clock())
    }
    return try state.withLock { (ledger) throws(KeySetError) in
      guard let edition = ledger.edition else {
        throw KeySetError(ledger.status.failure ?? "the document has not come yet")
      }
      return edition
    }
  }

  /// Returns keys newer than edition `number`, for a token with an unknown `kid`; nil if there are none.
  ///
  /// All callers share one fetch of the URL, at most once per `Pace.pause`.
  func edition(after number: Int) -> Edition? {
    guard case .url = place else { return nil }
    let now = clock()
    let (started, underWay) = state.withLock { ledger -> (KeyFetch?, KeyFetch?) in
      guard ledger.number == number else { return (nil, nil) }
      let isDue = now >= ledger.nextAsked
      if isDue { ledger.nextAsked = now + pace.pause }
      let started = ledger.turn(at: now, isDue: isDue)
      return (started, ledger.underWay)
    }
    if let started { fetch(started) }
    underWay?.wait(pace.patience, from: clock())
    return state.withLock { $0.number > number ? $0.edition : nil }
  }

  private func look(at file: KeyFile) {
    do throws(KeySetError) {
      guard let found = try file.read(unless: state.withLock { $0.stamp }) else { return }
      state.withLock { $0.stamp = found.stamp }
      try take(found.document, as: found.modified, allowsSecrets: true)
    } catch {
      fail(error, isRepeated: false)
    }
  }

  private func fetch(_ fetch: KeyFetch) {
    guard case .url(let url) = place else { return fetch.end() }
    queue.async { [self] in
      let next: Duration
      do throws(KeySetError) {
        try take(try url.fetch(), as: .now, allowsSecrets: false)
        next = pace.refresh
      } catch {
        fail(error, isRepeated: true)
        next = state.withLock { $0.edition == nil } ? pace.retry : pace.pause
      }
      state.withLock { $0.end(next: clock() + next) }
      fetch.end()
    }
  }

  private func take(_ document: Data, as date: Date, allowsSecrets: Bool) throws(KeySetError) {
    let isKnown = state.withLock { $0.confirms(document, as: date) }
    if isKnown { return }
    let keys: KeySet
    do throws(KeySetError) {
      keys = try KeySet(document, allowsSecrets: allowsSecrets)
    } catch {
      throw KeySetError("\(place.name): \(error)")
    }
    report(.loaded(state.withLock { $0.take(keys, from: document, as: date) }))
  }

  private func fail(_ error: KeySetError, isRepeated: Bool) {
    let isNew = state.withLock { $0.fail(error) }
    if isNew || isRepeated { report(.failed(error.description)) }
  }
}
