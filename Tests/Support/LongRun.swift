internal import Foundation

/// The full form of tests that take long: `script/test --long` sets `STOWAGE_LONG=1`.
public enum LongRun {
  /// True if the full forms are wanted.
  public static let isWanted = ProcessInfo.processInfo.environment["STOWAGE_LONG"] == "1"

  /// `full` in a long run, `reduced` in an ordinary one.
  public static func count(_ full: Int, reduced: Int) -> Int { isWanted ? full : reduced }
}
