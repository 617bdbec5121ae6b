public import Core
public import Database
public import Foundation
public import Storage

/// Counts everything that is in the four buckets, for the database.
///
/// Each bucket is listed page by page, or read from its inventory. The memory does not grow with the bucket: the counts of a page go
/// to the database together with the position behind it, in one transaction. So a killed collection goes on behind its last page,
/// and each object is counted once.
public struct UsageCollector: Sendable {
  /// How a call ended.
  public enum Outcome: Hashable, Sendable {
    /// The collection is whole, and all readers see it.
    case whole(UsageCollection)
    /// The caller stopped it; the next call goes on where it is.
    case stopped(UsageCollection)
    /// Another process works on it.
    case held(UsageHolder)
    /// A collection began within the period, and ended.
    case notDue
    /// Another process took the collection over, because this one was silent for too long.
    case lost
  }

  /// The progress of a collection.
  public struct Progress: Hashable, Sendable {
    /// The bucket that is being read.
    public let bucket: BucketRole
    /// The objects, versions, delete markers and incomplete uploads seen so far, in all buckets.
    public let entries: Int64
    /// The bytes of all of them.
    public let bytes: Int64
  }

  /// The time for which a process may be silent, in seconds; longer than the deadline of every request.
  static let leaseSeconds: TimeInterval = 180
  /// The age in seconds at which a collection that is not whole begins again, because its first pages tell about another time.
  static let maximumAge: TimeInterval = 7 * 86_400
  /// The buckets in the order in which they are read.
  static let order: [BucketRole] = [.raw, .processed, .backups, .logs]

  let database: FileDatabase
  let store: any ObjectStore
  let buckets: BucketNames
  let inventory: InventoryPlace?
  let pageSize: Int
  let uploadPageSize: Int

  /// Creates a collector; `inventory` is the place to which the store delivers inventories, nil for none.
  ///
  /// A page has at most `pageSize` versions (1,000 at most), and at most `uploadPageSize` incomplete uploads, whose parts are
  /// listed upload by upload.
  public init(
    database: FileDatabase,
    store: any ObjectStore,
    buckets: BucketNames,
    inventory: InventoryPlace? = nil,
    pageSize: Int = 1000,
    uploadPageSize: Int = 250
  ) {
    (self.database, self.store, self.buckets, self.inventory) = (database, store, buckets, inventory)
    (self.pageSize, self.uploadPageSize) = (pageSize, uploadPageSize)
  }

  /// Goes on with the collection under way, or begins one if the last one began `period` seconds ago or earlier.
  ///
  /// Works until the collection is whole or `isWanted` returns false. Throws `unavailable` if the store or the database does not
  /// answer: the next call goes on then. Throws `invalidRequest` with the reason if the collection was given up, for example because
  /// an inventory is damaged; the last whole collection stays in force.
  public func collect(
    for holder: CollectorName,
    every period: TimeInterval = 0,
    clock: @escaping () -> Date = { .now },
    while isWanted: @escaping () -> Bool = { true },
    progress: @escaping (Progress) -> Void = { _ in }
  ) throws(StorageError) -> Outcome {
    let run: UsageRun
    switch try claim(holder, every: period, at: clock()) {
    case .claimed(let claimed): run = claimed
    case .held(let other): return .held(other)
    case .notDue: return .notDue
    }
    let work = UsageWork(collector: self, run: run, clock: clock, isWanted: isWanted, progress: progress)
    do throws(UsageProblem) {
      guard try work.go() else { throw .stopped }
      return try end(run, clock)
    } catch {
      switch error {
      case .lost: return .lost
      case .stopped:
        try database.leave(run)
        return try .stopped(database.usageCollection(at: clock()).underWay ?? run.progress)
      case .storage(let error):
        try? database.leave(run)
        throw error
      case .unusable(let reason), .refused(let reason):
        _ = try database.giveUp(run, because: reason)
        throw .invalidRequest("the collection of usage was given up: \(reason)")
      }
    }
  }

  /// Takes the collection; one that is too old, or reads an inventory from another place, is given up for a new one.
  private func claim(
    _ holder: CollectorName,
    every period: TimeInterval,
    at now: Date
  ) throws(StorageError) -> UsageClaim {
    let current = try database.usageCollection(at: now).holder?.name
    let ended = current.flatMap { CollectorName.hasEnded($0, on: holder.host) ? $0 : nil }
    func take() throws(StorageError) -> UsageClaim {
      try database.claimUsage(
        for: holder.description,
        every: period,
        seconds: Self.leaseSeconds,
        replacing: ended,
        at: now
      )
    }
    let claim = try take()
    guard case .claimed(let run) = claim, let reason = reasonAgainst(run, at: now) else { return claim }
    _ = try database.giveUp(run, because: reason)
    return try database.claimUsage(for: holder.description, every: 0, seconds: Self.leaseSeconds, at: now)
  }

  /// Returns why an interrupted collection cannot go on; nil if it can.
  private func reasonAgainst(_ run: UsageRun, at now: Date) -> String? {
    if now.timeIntervalSince(run.beganAt) > Self.maximumAge { return "it was interrupted for more than 7 days" }
    guard let begun = UsagePosition(run.position)?.inventory, begun.place != inventory?.text else { return nil }
    return "STOWAGE_INVENTORY was changed while an inventory was read"
  }

  /// Stores the history, publishes, and deletes the counts of the collection before.
  private func end(_ run: UsageRun, _ clock: () -> Date) throws(UsageProblem) -> Outcome {
    do throws(StorageError) {
      for ofVanished in [false, true] {
        var last = ""
        steps: while true {
          let step = try database.recordUsers(
            of: run,
            ofVanished: ofVanished,
            after: last,
            seconds: Self.leaseSeconds,
            at: clock()
          )
          switch step {
          case .more(let next): last = next
          case .done: break steps
          case .lost: return .lost
          }
        }
      }
      guard try database.publish(run, at: clock()) else { return .lost }
      while try database.discardUsage() {}
      return try .whole(database.usageCollection(at: clock()).latest ?? run.progress)
    } catch { throw .storage(error) }
  }
}

/// Why a collection does not go on.
enum UsageProblem: Error {
  /// The store or the database does not answer; another attempt goes on.
  case storage(StorageError)
  /// The answers of the store cannot be trusted; another attempt begins again.
  case unusable(String)
  /// The store does not go on with a listing where it was.
  case refused(String)
  /// Another process has the collection.
  case lost
  /// The caller stopped the work.
  case stopped
}
