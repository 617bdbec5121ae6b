public import Foundation

/// For how long a deleted file can be had back.
public enum Retention {
  /// Days from a file's deletion until its bytes may go.
  public static let days = 30
  /// The same in seconds.
  public static let seconds = TimeInterval(days * 86_400)

  /// When a file that was deleted at `deletion` may be purged.
  public static func end(ofFileDeletedAt deletion: Date) -> Date { deletion + seconds }

  /// What was deleted at this time or before may be purged at `now`.
  public static func cutoff(at now: Date) -> Date { now - seconds }
}
