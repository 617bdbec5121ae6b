internal import Dispatch
public import FoundationEssentials
public import Signing
internal import Synchronization

/// Credentials that are renewed before they end; any number of threads may ask at once.
///
/// One refresh runs at a time, on a separate queue, and the threads go on with the present credentials. A thread waits
/// only if no credentials are valid, or if it started the refresh because the present ones end before its URL. After a
/// failed refresh the present credentials are used to their end, and the next attempt comes after a pause.
public final class RefreshingCredentials: CredentialSource {
  typealias Find = @Sendable (_ now: Date) throws(CredentialError) -> ProviderChain.Found

  private let find: Find
  private let pace: RefreshPace
  private let report: @Sendable (CredentialNews) -> Void
  private let random: @Sendable () -> Double
  private let run: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let ledger = Mutex(CredentialLedger())

  /// Credentials from `chain`, which is asked at the first use; `report` receives changes of the state.
  public convenience init(
    _ chain: ProviderChain,
    pace: RefreshPace = RefreshPace(),
    report: @escaping @Sendable (CredentialNews) -> Void = { _ in }
  ) {
    self.init(pace: pace, report: report) { now throws(CredentialError) in try chain.find(at: now) }
  }

  /// Credentials from `find`; `run` executes a refresh, and `random` returns numbers in 0..<1.
  init(
    pace: RefreshPace = RefreshPace(),
    report: @escaping @Sendable (CredentialNews) -> Void = { _ in },
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
    run: (@Sendable (@escaping @Sendable () -> Void) -> Void)? = nil,
    find: @escaping Find
  ) {
    self.find = find
    self.pace = pace
    self.report = report
    self.random = random
    let queue = DispatchQueue(label: "credentials")
    self.run = run ?? { work in queue.async(execute: work) }
  }

  /// The state for health checks and metrics.
  public var status: CredentialStatus { ledger.withLock { $0.status } }

  /// Returns one whole set of credentials that is valid at `now`, renewed first if it ends within `seconds`.
  public func credentials(lasting seconds: Int, at now: Date) throws(CredentialError) -> Credentials {
    let (present, started, underWay) = ledger.withLock { ledger in
      let started = ledger.turn(lasting: seconds, at: now, pace)
      return (ledger.valid(at: now), started, ledger.underWay)
    }
    if let started { run { self.refresh(started, at: now) } }
    if let present {
      guard let started, present.seconds(at: now, limit: seconds) < seconds else { return present }
      started.wait(pace.shortPatience)
    } else {
      underWay?.wait(pace.patience)
    }
    let (current, news, failure) = ledger.withLock { ledger in
      let current = ledger.valid(at: now)
      return (current, current == nil ? ledger.exhaust() : nil, ledger.status.failure)
    }
    if let news { report(news) }
    guard let current else { throw CredentialError(failure ?? "the endpoint has not answered yet") }
    return current
  }

  private func refresh(_ refresh: Refresh, at now: Date) {
    let news: CredentialNews?
    do throws(CredentialError) {
      let found = try find(now)
      news = ledger.withLock { $0.take(found, at: now, pace, random: random()) }
    } catch {
      news = ledger.withLock { $0.fail(error, at: now, pace, random: random()) }
    }
    refresh.end()
    if let news { report(news) }
  }
}
