/// A step of the work on a file, for metrics; it does not name the file.
public enum ProcessingEvent: Hashable, Sendable {
  /// The object of an upload was seen for the first time; an upload in one piece has no `parts`.
  case received(parts: Int?)
  /// The scanner answered or failed after this time.
  case scanned(after: Duration)
  /// The decoder answered or failed after this time; it judged the file and rendered its variants.
  case decoded(after: Duration)
  /// A file became ready; its size in bytes.
  case published(bytes: Int64)
}
