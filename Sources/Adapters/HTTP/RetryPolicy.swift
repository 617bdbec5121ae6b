/// The number of attempts of a request that fails temporarily, and the pauses between them.
///
/// The pauses have "full jitter": a uniformly random time between 0 and a bound that doubles each time.
///
/// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
public struct RetryPolicy: Hashable, Sendable {
  /// The number of attempts, including the first; at least 1.
  public var attempts: Int
  /// The upper bound of the first pause, in seconds.
  public var firstPause: Double
  /// The upper bound of every pause and of a server's `Retry-After`, in seconds.
  public var longestPause: Double
  /// The maximum time between the starts of the first and the last attempt, in seconds.
  public var budget: Double

  /// Creates a policy; defaults: 4 attempts within 60 s, pauses of up to 0.1, 0.2 and 0.4 s, and no pause above 5 s.
  public init(attempts: Int = 4, firstPause: Double = 0.1, longestPause: Double = 5, budget: Double = 60) {
    self.attempts = attempts
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.budget = budget
  }

  /// The policy of a single attempt.
  public static let never = RetryPolicy(attempts: 1)

  /// Returns the pause after attempt number `attempt` (from 1), or nil if no other attempt may follow.
  ///
  /// `elapsed` is the time since the first attempt and `retryAfter` is the request of the server, both in seconds.
  public func pause(
    afterAttempt attempt: Int,
    elapsed: Double,
    retryAfter: Double? = nil,
    using generator: inout some RandomNumberGenerator
  ) -> Double? {
    guard attempt < attempts else { return nil }
    let doublings = Double(1 << min(max(attempt - 1, 0), 30))
    let bound = min(longestPause, firstPause * doublings)
    let jittered = Double.random(in: 0...max(bound, 0), using: &generator)
    let pause = max(jittered, min(max(retryAfter ?? 0, 0), longestPause))
    return elapsed + pause <= budget ? pause : nil
  }
}
