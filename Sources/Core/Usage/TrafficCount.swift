/// A number of the traffic of one day, of all processes and nodes together.
public struct TrafficCount: Hashable, Sendable {
  /// The day, in days since 1970 (UTC).
  public let day: Int
  /// The subject of the number.
  public let name: TrafficName
  /// The part of it, such as an S3 operation or a reason; empty for a number without parts.
  public let label: String
  /// The number, the bytes or the milliseconds.
  public var value: Int64

  /// Creates a count.
  public init(day: Int, name: TrafficName, label: String, value: Int64) {
    self.day = day
    self.name = name
    self.label = label
    self.value = value
  }
}
