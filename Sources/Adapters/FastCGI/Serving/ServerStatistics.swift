internal import Synchronization

/// Counts of a server's connections and requests since its start.
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
  /// Connections aborted at their deadline, before the request or the response was complete.
  public var cut: Int { cutCount.load(ordering: .relaxed) }
  /// Connections aborted with an incomplete request because the server had too many open connections.
  public var crowdedOut: Int { crowdedOutCount.load(ordering: .relaxed) }
  /// Failed attempts to accept a connection.
  public var failed: Int { failedCount.load(ordering: .relaxed) }
  /// Connections open now: their request is still arriving, or their response is being made or sent.
  public var open: Int { openCount.load(ordering: .relaxed) }
  /// Requests that wait now for a thread of the deferred responses.
  public var waiting: Int { waitingCount.load(ordering: .relaxed) }
  /// Requests refused because the queue of deferred responses, or the share of the request's owner in it, was full.
  public var refused: Int { refusedCount.load(ordering: .relaxed) }

  func countAccepted() { acceptedCount.add(1, ordering: .relaxed) }
  func countCut(_ number: Int) { cutCount.add(number, ordering: .relaxed) }
  func countCrowdedOut() { crowdedOutCount.add(1, ordering: .relaxed) }
  func countFailed() { failedCount.add(1, ordering: .relaxed) }
  func countRefused() { refusedCount.add(1, ordering: .relaxed) }
  func setWaiting(_ number: Int) { waitingCount.store(number, ordering: .relaxed) }
  func setOpen(_ number: Int) { openCount.store(number, ordering: .relaxed) }
}
