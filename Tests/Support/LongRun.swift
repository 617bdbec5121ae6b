internal import Foundation

/// The choice between full and reduced forms of long tests: `script/test --long` sets `STOWAGE_LONG=1`.
public enum LongRun {
  /// True if the full forms run.
  public static let isWanted = ProcessInfo.processInfo.environment["STOWAGE_LONG"] == "1"

  /// Returns `full` in a long run, and `reduced` in an ordinary one.
  public static func count(_ full: Int, reduced: Int) -> Int { isWanted ? full : reduced }
}
