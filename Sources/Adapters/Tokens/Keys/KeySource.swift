internal import Dispatch
internal import FoundationEssentials
internal import Synchronization

/// The keys that count now: fixed ones, or those of a document that is read again as it changes.
///
/// A document that cannot be had, or has no usable key, changes nothing: the last good one goes on. A good one replaces
/// it whole, so what it does not list any more has ended. Any number of threads may ask at once; of a file, each look
/// is the business of the thread whose turn it is, and a server is asked on a thread of its own.
public final class KeySource: Sendable {
  /// How often a document is looked for, and how long somebody waits for one.
  public struct Pace: Sendable {
    /// Between two looks at a file.
    public var look = Duration.seconds(1)
    /// How old a server's document may be before it is fetched anew.
    public var refresh = Duration.seconds(3600)
    /// Between two fetches because of an unknown `kid`, and after a failed one while there are keys.
    public var pause = Duration.seconds(60)
    /// After a failed fetch while there are no keys.
    public var retry = Duration.seconds(5)
    /// How long after its beginning a fetch is waited for.
    public var patience = Duration.seconds(2)

    /// A look a second; a fetch an hour, one a minute for an unknown `kid`, 5 s after a failure; 2 s of waiting.
    public init() {}
  }

  /// What came of a look; for the log.
  public enum News: Sendable {
    /// Another document than before counts from now on.
    case loaded(KeyStatus)
    /// The document cannot be used, for this reason; what counted before still does.
    case failed(String)
  }

  /// Keys, and how many documents came before them.
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

  /// Keys that never change.
  public convenience init(_ keys: KeySet) { self.init(.fixed(keys), Pace(), { .now }, { _ in }) }

  /// The keys in a file, read again within a second of a change.
  public convenience init(
    file path: String,
    pace: Pace = Pace(),
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    report: @escaping @Sendable (News) -> Void = { _ in }
  ) {
    self.init(.file(KeyFile(path: path)), pace, clock, report)
  }

  /// The keys at an https URL, with the certification authorities in `caFile` instead of the system's.
  ///
  /// Secrets in the document are left out: whoever can fetch it could sign. The first fetch begins at once.
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

  /// How the document stands.
  public var status: KeyStatus {
    if case .fixed(let keys) = place { return KeyStatus(keys) }
    return state.withLock { $0.status }
  }

  /// Throws, in words for an administrator, where there are no keys; waits a moment for a first document.
  public func check() throws(KeySetError) { _ = try current() }

  /// The keys that count now; throws where there have never been any.
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

  /// Keys that came after those of `number`: somebody names one that was not among them.
  ///
  /// A server is asked for them, once a minute at most and once for all who ask.
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
