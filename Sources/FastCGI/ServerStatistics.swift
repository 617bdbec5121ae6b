internal import Synchronization

/// What happened to a server's connections since it started.
public final class ServerStatistics: Sendable {
  private let acceptedCount = Atomic(0)
  private let cutCount = Atomic(0)
  private let crowdedOutCount = Atomic(0)
  private let failedCount = Atomic(0)
  private let openCount = Atomic(0)

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

  func countAccepted() { acceptedCount.add(1, ordering: .relaxed) }
  func countCut(_ number: Int) { cutCount.add(number, ordering: .relaxed) }
  func countCrowdedOut() { crowdedOutCount.add(1, ordering: .relaxed) }
  func countFailed() { failedCount.add(1, ordering: .relaxed) }
  func setOpen(_ number: Int) { openCount.store(number, ordering: .relaxed) }
}
