public import Core
public import Database
public import Foundation

/// The sources of the dashboard: reads of the database by index or of kept numbers, and the health of the processes.
public struct DashboardReader: Sendable {
  /// A page of users, the largest first.
  public struct UserPage: Sendable {
    /// The users of this page.
    public let users: [UserRecord]
    /// The cursor of the next page; nil on the last page.
    public let next: String?
  }

  /// A page of failed jobs, the last failure first.
  public struct JobPage: Sendable, Encodable {
    /// The jobs of this page.
    public let jobs: [JobDescription]
    /// The cursor of the next page; nil on the last page.
    public let next: String?
  }

  /// The number of elements that a page may have.
  public static let pageRange = 1...500
  /// The time for which the numbers of the queue are kept, because they read the whole table of jobs.
  private static let queueLifetime = Duration.seconds(5)
  /// The time for which the answers of the processes are kept.
  private static let healthLifetime = Duration.seconds(2)

  /// The number of days of history that a request may ask for.
  public static let dayRange = 1...400
  /// The time for which the costs are kept, because a forecast follows every cohort for a year.
  private static let costLifetime = Duration.seconds(60)

  private let database: FileDatabase
  private let queueKept: Kept<QueueDescription>
  private let healthKept: Kept<[ProcessHealth.Answer]>
  private let costKept: Kept<CostDescription>

  /// Reads `database`, asks the processes by `health`, and computes costs by `basis`.
  public init(
    database: FileDatabase,
    health: ProcessHealth,
    basis: @escaping @Sendable () throws(StorageError) -> CostBasis
  ) {
    self.database = database
    costKept = Kept(for: Self.costLifetime) { () throws(StorageError) in
      let today = Self.today(at: .now)
      let facts = CostDescription.Facts(
        days: try database.usageDays(from: today - 89, to: today),
        cohorts: try database.usageCohorts(),
        counted: try database.usageCollection(at: .now).latest?.beganAt.daysSince1970,
        traffic: try database.trafficDays(from: today - ObservedTraffic.observedDays, to: today - 1)
      )
      return CostDescription(try basis(), facts, today: today)
    }
    queueKept = Kept(for: Self.queueLifetime) { () throws(StorageError) in
      QueueDescription(try database.queue(at: .now))
    }
    healthKept = Kept(for: Self.healthLifetime) { () throws(StorageError) in health.ask() }
  }

  /// Returns the first numbers and the alarms.
  public func overview(at now: Date) throws(StorageError) -> OverviewDescription {
    let queue = try queue()
    let alarms = Alarm.all(queue, try reports(at: now), try health(), at: now)
    let usage = try database.usageCollection(at: now)
    let cost = usage.latest == nil ? nil : try costs()
    return OverviewDescription(try database.census(), queue, alarms, usage, cost, at: now)
  }

  /// Returns the last whole collection of usage, and the history of `days` days up to today.
  public func usage(days: Int, at now: Date) throws(StorageError) -> UsageHistory {
    let today = Self.today(at: now)
    let history = try database.usageDays(from: today - days + 1, to: today)
    return UsageHistory(try database.usageCollection(at: now), history)
  }

  /// Returns the traffic of `days` days up to today.
  public func traffic(days: Int, at now: Date) throws(StorageError) -> TrafficHistory {
    let today = Self.today(at: now)
    return TrafficHistory(try database.trafficDays(from: today - days + 1, to: today))
  }

  /// Returns the cost of storage by day, of this month, and of the months to come.
  public func costs() throws(StorageError) -> CostDescription { try costKept.value }

  private static func today(at now: Date) -> Int { Int((now.timeIntervalSince1970 / 86_400).rounded(.down)) }

  /// Returns the open work by kind, state and age.
  public func queue() throws(StorageError) -> QueueDescription { try queueKept.value }

  /// Returns the answers of the processes of this node.
  public func health() throws(StorageError) -> [ProcessHealth.Answer] { try healthKept.value }

  /// Returns the last results of sweep, cleanup, comparison, census, audit, and of the collection of usage.
  public func reports(at now: Date) throws(StorageError) -> [ReportDescription] {
    let usage = try database.usageCollection(at: now)
    return try database.reports().map(ReportDescription.init) + ReportDescription.ofUsage(usage)
  }

  /// Returns up to `limit` invalidations of caches that are under way.
  public func invalidations(limit: Int) throws(StorageError) -> [JobDescription] {
    try database.purges(limit: limit).map(JobDescription.init)
  }

  /// Returns up to `limit` users behind the cursor `after`, the largest first; throws `invalidRequest` for another cursor than
  /// `next`.
  public func largestUsers(after cursor: String?, limit: Int) throws(StorageError) -> UserPage {
    let last = try cursor.map { (text) throws(StorageError) -> (usedBytes: Int64, user: UserID) in
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2, let used = Int64(parts[0]), let user = UserID(parts[1]) else { throw Self.badCursor }
      return (used, user)
    }
    let found = try database.largestUsers(after: last, limit: limit + 1)
    let users = Array(found.prefix(limit))
    return UserPage(
      users: users,
      next: found.count > limit ? users.last.map { "\($0.usedBytes):\($0.id)" } : nil
    )
  }

  /// Returns up to `limit` failed jobs behind the cursor `after`, the last failure first; throws `invalidRequest` for another
  /// cursor than `next`.
  public func failedJobs(after cursor: String?, limit: Int) throws(StorageError) -> JobPage {
    let last = try cursor.map { (text) throws(StorageError) -> (failedAt: Date, kind: JobKind, file: FileID) in
      let parts = text.split(separator: ":").map(String.init)
      guard parts.count == 3, let time = Int64(parts[0]), let kind = JobKind(rawValue: parts[1]),
        let file = FileID(parts[2])
      else { throw Self.badCursor }
      return (Date(timeIntervalSince1970: Double(time) / 1000), kind, file)
    }
    let found = try database.failedJobs(after: last, limit: limit + 1)
    let jobs = found.prefix(limit)
    let next = jobs.last.map { job -> String in
      let record = job.listing.job
      return "\(Int64((record.dueAt.timeIntervalSince1970 * 1000).rounded())):\(record.kind.rawValue):\(record.file)"
    }
    return JobPage(jobs: jobs.map(JobDescription.init), next: found.count > limit ? next : nil)
  }

  /// Makes a failed or postponed job due now; throws `notFound` if there is no such job, and `wrongState` while a worker has it.
  public func retry(_ kind: JobKind, of file: FileID, at now: Date) throws(StorageError) {
    switch try database.retryJob(kind, of: file, at: now) {
    case nil: throw .notFound
    case .held: throw .wrongState(detail: "A worker has the job now.")
    case .due, .hastened, .revived: return
    }
  }

  private static let badCursor = StorageError.invalidRequest("after: must be the member next of a page before")
}
