public import Foundation

/// The time for which the owner of a deleted file can restore it.
public enum Retention {
  /// The number of days from the deletion of a file until Stowage may delete its bytes.
  public static let days = 30
  /// The number of seconds in `days`.
  public static let seconds = TimeInterval(days * 86_400)

  /// Returns the earliest time to purge a file that was deleted at `deletion`.
  public static func end(ofFileDeletedAt deletion: Date) -> Date { deletion + seconds }

  /// Returns the cutoff at `now`: a file that was deleted at the cutoff or earlier may be purged.
  ///
  /// The cutoff has whole milliseconds, as the times of the database have.
  public static func cutoff(at now: Date) -> Date {
    Date(timeIntervalSince1970: ((now - seconds).timeIntervalSince1970 * 1000).rounded() / 1000)
  }
}
