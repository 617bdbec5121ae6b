/// The speed to which a run slows down while users upload, so that their files need not wait.
///
/// Requests cost the store processor time for each object and for each byte, so both have a limit.
public struct Pace: Hashable, Sendable {
  /// The most requests at a time.
  public var requests: Int
  /// The most requests per second.
  public var requestsPerSecond: Double
  /// The most bytes per second.
  public var bytesPerSecond: Double

  /// The usual pace.
  ///
  /// It is measured with `Benchmarks/upload-latency` on a machine with two cores that runs everything.
  public static let besideUploads = Pace(requests: 4, requestsPerSecond: 40, bytesPerSecond: 16_000_000)

  /// The time that a request with a body of `bytes` has for itself.
  func seconds(forRequestOf bytes: Int64) -> Double {
    max(1 / requestsPerSecond, Double(bytes) / bytesPerSecond)
  }
}
