import Core
import Database
import Foundation
import Storage

/// The work of one process on a collection.
final class UsageWork {
  let collector: UsageCollector
  let run: UsageRun
  let isWanted: () -> Bool
  private let clock: () -> Date
  private let progress: (UsageCollector.Progress) -> Void
  private var began = ContinuousClock.now
  private var entries: Int64
  private var bytes: Int64
  /// The requests since the last report.
  var requests: Int64 = 0

  init(
    collector: UsageCollector,
    run: UsageRun,
    clock: @escaping () -> Date,
    isWanted: @escaping () -> Bool,
    progress: @escaping (UsageCollector.Progress) -> Void
  ) {
    (self.collector, self.run, self.clock) = (collector, run, clock)
    (self.isWanted, self.progress) = (isWanted, progress)
    (entries, bytes) = (run.progress.entries, run.progress.bytes)
  }

  /// Works until everything is counted; returns false if the caller stopped it.
  func go() throws(UsageProblem) -> Bool {
    guard var position = UsagePosition(run.position) else {
      throw .unusable("its position is that of another version of Stowage")
    }
    try checkTotal(adding: 0)
    while let role = role(of: position) {
      guard isWanted() else { return false }
      let bucket = role.name(in: collector.buckets)
      switch position.stage {
      case nil: try begin(role, bucket, &position)
      case .versions: try walkVersions(role, bucket, &position)
      case .inventory: try readInventory(role, bucket, &position)
      case .uploads: try walkUploads(role, bucket, &position)
      }
    }
    return true
  }

  private func role(of position: UsagePosition) -> BucketRole? {
    UsageCollector.order.indices.contains(position.bucket) ? UsageCollector.order[position.bucket] : nil
  }

  /// Chooses between listing and inventory; passes over a bucket that does not exist, or that an earlier role has too.
  private func begin(_ role: BucketRole, _ bucket: String, _ position: inout UsagePosition) throws(UsageProblem) {
    let earlier = UsageCollector.order.prefix(position.bucket).map { $0.name(in: collector.buckets) }
    let exists = try asking(bucket) { () throws(StoreError) in try collector.store.bucketExists(bucket) }
    if earlier.contains(bucket) || !exists {
      position.leaveBucket()
    } else if let inventory = try newestInventory(of: bucket) {
      position.enter(.inventory)
      position.inventory = inventory
    } else {
      position.enter(.versions)
    }
    try report(UsageTally(role), position)
  }

  /// Sends a request to the store, and counts it.
  func asking<Value>(_ bucket: String, _ request: () throws(StoreError) -> Value) throws(UsageProblem) -> Value {
    requests += 1
    do throws(StoreError) { return try request() } catch { throw Self.problem(error, bucket) }
  }

  /// Sends a request for the page of a listing, and moves the trail behind it; returns nil if the store has no such listing.
  func page<Element>(
    _ bucket: String,
    _ trail: inout PageTrail,
    _ request: (String?) throws(StoreError) -> Page<Element>
  ) throws(UsageProblem) -> (items: [Element], isLast: Bool)? {
    requests += 1
    do throws(StoreError) {
      let page = try request(trail.token)
      return (page.items, try !trail.follow(page.next))
    } catch {
      if error.isNotOffered { return nil }
      if case .invalidRequest = error, trail.token != nil {
        throw .refused("bucket \(bucket): the store refuses the place in its listing: \(error)")
      }
      throw Self.problem(error, bucket)
    }
  }

  /// A response that is not valid does not become valid by a repetition from the same place.
  static func problem(_ error: StoreError, _ bucket: String) -> UsageProblem {
    if case .unexpected = error { return .unusable("bucket \(bucket): \(error)") }
    return .storage(.unavailable(detail: "bucket \(bucket): \(error)"))
  }

  /// Refuses more bytes than the sums of all readers can hold; also those of a collection that an earlier version damaged.
  private func checkTotal(adding more: Int64) throws(UsageProblem) {
    guard bytes.saturatingSum(more) < StoredCount.limit else {
      throw .unusable("the buckets have more than \(Wording.bytes(StoredCount.limit)) by their listings")
    }
  }

  /// Stores what was counted, together with the position behind it.
  func report(_ tally: UsageTally, _ position: UsagePosition) throws(UsageProblem) {
    var batch = tally.batch
    batch.requests = requests
    let time = ContinuousClock.now - began
    batch.workedMilliseconds = Int64(time / .milliseconds(1))
    try checkTotal(adding: batch.bytes)
    let isStored: Bool
    do throws(StorageError) {
      isStored = try collector.database.add(
        batch,
        to: run,
        position: position.text,
        seconds: UsageCollector.leaseSeconds,
        at: clock()
      )
    } catch { throw .storage(error) }
    guard isStored else { throw .lost }
    (began, requests) = (.now, 0)
    entries += batch.entries
    bytes += batch.bytes
    progress(UsageCollector.Progress(bucket: tally.bucket, entries: entries, bytes: bytes))
  }
}
