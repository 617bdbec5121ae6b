/// The cause of a deletion by age.
public enum Removal: Hashable, Sendable, CustomStringConvertible {
  /// A lifecycle rule of the store.
  case lifecycle
  /// The run of `stowage cleanup` with this identifier.
  case cleanup(run: String)

  /// The form in the database: `lifecycle`, or `cleanup:` and the run.
  public var description: String {
    switch self {
    case .lifecycle: "lifecycle"
    case .cleanup(let run): "cleanup:\(run)"
    }
  }

  /// Parses the form of `description`.
  init?(_ text: String) {
    if text == "lifecycle" {
      self = .lifecycle
    } else if text.hasPrefix("cleanup:") {
      self = .cleanup(run: String(text.dropFirst("cleanup:".count)))
    } else {
      return nil
    }
  }
}
