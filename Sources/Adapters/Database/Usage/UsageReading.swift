public import Core
public import Foundation

/// The findings of the last whole collection of usage, and the history.
///
/// Nothing here ever contains a part of a collection: before the first whole one, the results are empty.
extension FileDatabase {
  /// Returns the last whole collection, the one under way, and who works on it at `now`.
  public func usageCollection(at now: Date) throws(StorageError) -> UsageStatus {
    try read { connection in
      let underWay = try connection.first(UsageStatement.underWay, [:])
      let until = try connection.first(UsageStatement.lease, [:])?.date("lease_until")
      var holder: UsageHolder?
      if let underWay, let until, until > now { holder = try UsageHolder(name: underWay.text("holder"), until: until) }
      return try UsageStatus(
        latest: connection.first(UsageReadStatement.latest, [:]).map(UsageCollection.init),
        underWay: underWay.map(UsageCollection.init),
        holder: holder,
        failed: connection.first(UsageReadStatement.failed, [:]).map(UsageCollection.init)
      )
    }
  }

  /// Returns the history from day `from` to day `to`, both included, in days since 1970 (UTC); ordered by day.
  ///
  /// A day without a collection has no records.
  public func usageDays(from: Int, to: Int) throws(StorageError) -> [UsageDay] {
    try read { connection in
      try connection.run(UsageReadStatement.days, ["from": from, "to": to]).map { row in
        try UsageDay(day: Int(row.integer("day")), count: StoredCount(row))
      }
    }
  }

  /// Returns the counts of the last whole collection by bucket, storage class and kind, over all users.
  public func usageCounts() throws(StorageError) -> [StoredCount] {
    try ofLatest { connection, generation in
      try connection.run(UsageReadStatement.totals, ["generation": generation]).map { try StoredCount($0) }
    }
  }

  /// Returns the cohorts of the last whole collection.
  public func usageCohorts() throws(StorageError) -> [StoredCohort] {
    try ofLatest { connection, generation in
      try connection.run(UsageReadStatement.cohorts, ["generation": generation]).map(StoredCohort.init)
    }
  }

  /// Returns at most `limit` users of the last whole collection, those with most bytes first.
  public func usageOfUsers(largest limit: Int) throws(StorageError) -> [UserUsage] {
    try ofLatest { connection, generation in
      try connection.run(UsageReadStatement.largest, ["generation": generation, "limit": limit]).map { row in
        try UserUsage(
          user: row.value("user_id") { UserID($0) },
          objects: row.count("objects"),
          bytes: row.count("bytes")
        )
      }
    }
  }

  /// Returns the counts of one user in the last whole collection.
  public func usage(of user: UserID) throws(StorageError) -> [StoredCount] {
    try ofLatest { connection, generation in
      let parameters: Parameters = ["generation": generation, "user": user.description]
      return try connection.run(UsageReadStatement.ofUser, parameters).map { try StoredCount($0, user: user) }
    }
  }

  /// Returns the history of one user: what held at the day `from`, and each change up to the day `to`, in days since 1970 (UTC).
  public func usageDays(of user: UserID, from: Int, to: Int) throws(StorageError) -> [UserUsageDay] {
    try read { connection in
      let parameters: Parameters = ["user": user.description, "from": from, "to": to]
      return try connection.run(UsageReadStatement.daysOfUser, parameters).map { row in
        try UserUsageDay(day: Int(row.integer("day")), objects: row.count("objects"), bytes: row.count("bytes"))
      }
    }
  }

  /// Runs `body` with the number of the last whole collection; returns nothing before the first one.
  private func ofLatest<Element>(_ body: (any Connection, Int64) throws -> [Element]) throws(StorageError) -> [Element]
  {
    try read { connection in
      guard let latest = try connection.first(UsageReadStatement.latest, [:]) else { return [] }
      return try body(connection, latest.integer("generation"))
    }
  }
}
