import Core

/// The traffic by day, as the dashboard's JSON shows it.
public struct TrafficHistory: Sendable, Encodable {
  /// A number of one day, of all processes and nodes together.
  public struct Day: Sendable, Encodable {
    /// The day (UTC), such as `2026-11-30`.
    public let day: String
    /// The name of the number, such as `files_ready` or `rejections`.
    public let name: String
    /// The part of it, such as a reason; empty for a number without parts.
    public let label: String
    /// The number, the bytes or the milliseconds.
    public let value: Int64
  }

  /// The numbers in the order of days, names and labels; a number that is 0 may be missing.
  public let days: [Day]

  init(_ counts: [TrafficCount]) {
    days = counts.map { Day(day: dayText($0.day), name: $0.name.rawValue, label: $0.label, value: $0.value) }
  }
}
