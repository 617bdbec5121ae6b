/// The requests and the bytes sent that processes counted over some days.
public struct ObservedTraffic: Hashable, Sendable {
  /// The number of past days of which a forecast takes the average.
  public static let observedDays = 30

  /// The number of days.
  public let days: Int
  /// The requests of all days, by kind.
  public let requests: [RequestTier: Int64]
  /// The bytes sent to the internet on all days.
  public let egressBytes: Int64

  /// Creates counts of a number of days.
  public init(days: Int, requests: [RequestTier: Int64], egressBytes: Int64) {
    self.days = days
    self.requests = requests
    self.egressBytes = egressBytes
  }

  /// Adds up the counts of the whole days before `today`, a number of days since 1970; nil if nothing was counted.
  public init?(_ counts: [TrafficCount], today: Int) {
    let counts = counts.filter { $0.day < today && $0.day >= today - Self.observedDays }
    guard let first = counts.map(\.day).min() else { return nil }
    var requests: [RequestTier: Int64] = [:]
    var bytes: Int64 = 0
    for count in counts {
      switch count.name {
      case .storeRequests, .browserRequests:
        let tier = RequestTier(operation: count.label)
        requests[tier] = Self.sum(requests[tier] ?? 0, count.value)
      case .servedBytes: bytes = Self.sum(bytes, count.value)
      default: break
      }
    }
    self.init(days: today - first, requests: requests, egressBytes: bytes)
  }

  private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, isTooMuch) = left.addingReportingOverflow(right)
    return isTooMuch ? .max : sum
  }
}
