internal import Synchronization

/// What happened to a server's connections and requests since it started.
public final class ServerStatistics: Sendable {
  private let acceptedCount = Atomic(0)
  private let cutCount = Atomic(0)
  private let crowdedOutCount = Atomic(0)
  private let failedCount = Atomic(0)
  private let openCount = Atomic(0)
  private let waitingCount = Atomic(0)
  private let refusedCount = Atomic(0)

  init() {}

  /// Connections accepted.
  public var accepted: Int { acceptedCount.load(ordering: .relaxed) }
  /// Connections cut at their deadline, with a request or an answer that was not whole.
  public var cut: Int { cutCount.load(ordering: .relaxed) }
  /// Connections cut with an unfinished request, because too many others waited too.
  public var crowdedOut: Int { crowdedOutCount.load(ordering: .relaxed) }
  /// Times that a connection could not be accepted.
  public var failed: Int { failedCount.load(ordering: .relaxed) }
  /// Connections that are open now: waiting for their request's end, or being answered.
  public var open: Int { openCount.load(ordering: .relaxed) }
  /// Requests that wait for a slow thread now.
  public var waiting: Int { waitingCount.load(ordering: .relaxed) }
  /// Requests that were refused because too many waited for a slow thread.
  public var refused: Int { refusedCount.load(ordering: .relaxed) }

  func countAccepted() { acceptedCount.add(1, ordering: .relaxed) }
  func countCut(_ number: Int) { cutCount.add(number, ordering: .relaxed) }
  func countCrowdedOut() { crowdedOutCount.add(1, ordering: .relaxed) }
  func countFailed() { failedCount.add(1, ordering: .relaxed) }
  func countRefused() { refusedCount.add(1, ordering: .relaxed) }
  func setWaiting(_ number: Int) { waitingCount.store(number, ordering: .relaxed) }
  func setOpen(_ number: Int) { openCount.store(number, ordering: .relaxed) }
}
