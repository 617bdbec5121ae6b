/// The times of refreshes.
public struct RefreshPace: Sendable {
  /// The time before the end from which credentials are refreshed, in seconds; half of their life if that is shorter.
  ///
  /// It is longer than the life of an upload URL, so that a refresh in time leaves every URL whole.
  public var window: Double = 1200
  /// The part of the window by which a random refresh comes earlier, so that nodes do not refresh together.
  public var jitter = 0.25
  /// The longest time between two refreshes while credentials are valid, in seconds, whether the first one failed or
  /// brought credentials that end soon.
  public var longestPause: Double = 60
  /// The longest time between two attempts while no credentials are valid, in seconds.
  public var longestPauseWithout: Double = 5
  /// The time after which a changeable place is read again, in seconds.
  public var rereading: Double = 60
  /// The time for which a caller without valid credentials waits for a refresh.
  public var patience = Duration.seconds(5)
  /// The time for which the caller that started a refresh waits because its URL would outlive the present credentials.
  public var shortPatience = Duration.seconds(1)

  /// The default times.
  public init() {}
}
