internal import Synchronization

/// Facts for the log that handlers learn about a request; all copies of a request share the same notes.
public final class RequestNotes: Sendable {
  private let notes = Mutex<[(name: String, value: String)]>([])
  private let routine = Mutex(false)

  init() {}

  /// The notes in the order of their addition.
  public var all: [(name: String, value: String)] { notes.withLock { $0 } }

  /// Adds a note; a later note of the same name overrides it.
  public func add(_ name: String, _ value: String) { notes.withLock { $0.append((name, value)) } }

  /// True if the request concerned nothing here; the log shows it at level debug only.
  public var isRoutine: Bool { routine.withLock { $0 } }

  /// Marks the request as one that concerned nothing here.
  public func markRoutine() { routine.withLock { $0 = true } }
}
