internal import Synchronization

/// What is found out about a request while it is answered: every copy of the request has the same notes.
public final class RequestNotes: Sendable {
  private let notes = Mutex<[(name: String, value: String)]>([])

  init() {}

  /// The notes, in order.
  public var all: [(name: String, value: String)] { notes.withLock { $0 } }

  /// Adds one; of those of one name the last counts.
  public func add(_ name: String, _ value: String) { notes.withLock { $0.append((name, value)) } }
}
