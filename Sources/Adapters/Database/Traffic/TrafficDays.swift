public import Core
public import Foundation

/// The traffic by day: every process adds what it counted, so the sums are those of all processes and nodes.
extension FileDatabase {
  /// The number of days that are kept, today included.
  public static let trafficDaysKept = 400

  /// Adds `counts` to the sums of their days, all or none.
  ///
  /// If the call throws, nothing was added, so the caller can add the same counts later.
  public func addTraffic(_ counts: [TrafficCount]) throws(StorageError) {
    guard !counts.isEmpty else { return }
    try write { connection in
      for count in counts {
        try connection.run(
          TrafficStatement.add,
          [
            "day": count.day, "name": count.name.rawValue, "label": count.label,
            "value": min(count.value, StoredCount.limit),
          ]
        )
      }
    }
  }

  /// Returns the traffic from the day `first` to the day `last`, both included, in the order of days, names and labels.
  ///
  /// Days count from 1970 (UTC). Names that a newer version wrote are left out.
  public func trafficDays(from first: Int, to last: Int) throws(StorageError) -> [TrafficCount] {
    try read { connection in
      try connection.run(TrafficStatement.days, ["first": first, "last": last]).compactMap { row in
        guard let name = try TrafficName(rawValue: row.text("name")) else { return nil }
        return try TrafficCount(
          day: Int(row.integer("day")),
          name: name,
          label: row.text("label"),
          value: row.count("value")
        )
      }
    }
  }

  /// Deletes the traffic of days that are `trafficDaysKept` days ago or longer; returns true if there was any.
  @discardableResult
  public func trimTraffic(at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      try connection.changes(TrafficStatement.trim, ["first": now.daysSince1970 - Self.trafficDaysKept + 1])
    }
  }
}

extension Date {
  /// The number of whole days since 1970 (UTC).
  public var daysSince1970: Int { Int((timeIntervalSince1970 / 86_400).rounded(.down)) }
}
