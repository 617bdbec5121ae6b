internal import Synchronization

/// Facts for the log that handlers learn about a request; all copies of a request share the same notes.
public final class RequestNotes: Sendable {
  private let notes = Mutex<[(name: String, value: String)]>([])

  init() {}

  /// The notes in the order of their addition.
  public var all: [(name: String, value: String)] { notes.withLock { $0 } }

  /// Adds a note; a later note of the same name overrides it.
  public func add(_ name: String, _ value: String) { notes.withLock { $0.append((name, value)) } }
}
