/// How often and after which pauses a request that failed in passing is repeated.
///
/// Pauses are "full jitter": evenly random between nothing and a bound that doubles each time.
///
/// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
public struct RetryPolicy: Hashable, Sendable {
  /// Attempts in all, the first included; at least 1.
  public var attempts: Int
  /// The bound of the first pause; seconds.
  public var firstPause: Double
  /// The bound of any pause, and of a server's `Retry-After`; seconds.
  public var longestPause: Double
  /// No attempt starts later than this after the first; seconds.
  public var budget: Double

  /// 4 attempts, pauses of up to 0.1, 0.2 and 0.4 s, none longer than 5 s, all started within 60 s.
  public init(attempts: Int = 4, firstPause: Double = 0.1, longestPause: Double = 5, budget: Double = 60) {
    self.attempts = attempts
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.budget = budget
  }

  /// One attempt only.
  public static let never = RetryPolicy(attempts: 1)

  /// The pause before the attempt that follows attempt number `attempt` (from 1); nil where none may follow.
  ///
  /// `elapsed` is the time since the first attempt, `retryAfter` what the server asked for; seconds.
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
