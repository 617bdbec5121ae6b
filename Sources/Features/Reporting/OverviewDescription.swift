import Core
import Database
public import Foundation

/// The first numbers of the dashboard.
public struct OverviewDescription: Sendable, Encodable {
  /// The users and files, as the last census counted them.
  public struct Counts: Sendable, Encodable {
    /// The files in one state.
    public struct Files: Sendable, Encodable {
      /// The state.
      public let state: String
      /// The number of files.
      public let count: Int64
      /// The bytes that the files hold of the quotas.
      public let heldBytes: Int64
    }

    /// The time of the count.
    public let at: Date
    /// The number of users.
    public let users: Int64
    /// The files by state; states without files are missing.
    public let files: [Files]

    init(_ dated: DatedCensus) {
      at = dated.at
      users = dated.census.users
      files = dated.census.files.map {
        Files(state: $0.state.rawValue, count: $0.count, heldBytes: $0.heldBytes)
      }
    }
  }

  /// The contents of the buckets, by the last whole collection of usage.
  public struct Stored: Sendable, Encodable {
    /// The end of the collection.
    public let at: Date
    /// The number of objects, versions, delete markers and incomplete uploads.
    public let objects: Int64
    /// The bytes of all of them.
    public let bytes: Int64
  }

  /// The cost of storage of this month up to today.
  public struct Cost: Sendable, Encodable {
    /// The amount, as a decimal number.
    public let amount: String
    /// The code of the currency.
    public let currency: String
    /// The storage classes that have no price, and cost nothing here.
    public let unpriced: [String]
  }

  /// The time of this overview.
  public let at: Date
  /// The version of the dashboard.
  public let version: String
  /// The users and files; nil before the first census, which a worker takes.
  public let counts: Counts?
  /// The contents of the buckets; nil before the first collection of usage.
  public let stored: Stored?
  /// The cost of this month; nil without prices or a collection.
  public let cost: Cost?
  /// The number of jobs that wait for a worker.
  public let waitingJobs: Int64
  /// The number of jobs that workers have.
  public let leasedJobs: Int64
  /// The number of jobs that failed permanently.
  public let failedJobs: Int64
  /// The states that an administrator should change.
  public let alarms: [Alarm]

  init(
    _ census: DatedCensus?,
    _ queue: QueueDescription,
    _ alarms: [Alarm],
    _ usage: UsageStatus,
    _ costs: CostDescription?,
    at now: Date
  ) {
    stored = usage.latest.flatMap { latest in
      latest.endedAt.map { Stored(at: $0, objects: latest.entries, bytes: latest.bytes) }
    }
    cost = costs.flatMap { costs in
      guard let amount = costs.monthSoFar, let currency = costs.currency else { return nil }
      return Cost(amount: amount, currency: currency, unpriced: costs.unpriced)
    }
    at = now
    version = Version.current
    counts = census.map(Counts.init)
    waitingJobs = queue.count(.queued)
    leasedJobs = queue.count(.leased)
    failedJobs = queue.count(.failed)
    self.alarms = alarms
  }
}
