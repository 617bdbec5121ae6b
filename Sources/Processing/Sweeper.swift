public import Core
public import Database
public import Foundation
public import Storage

/// Finds what events never told; safe to run anywhere, at any time, by any number of nodes.
public struct Sweeper: Sendable {
  /// What one sweep did.
  public struct Report: Hashable, Sendable {
    /// Uploads whose object was found, now due for judgement, or for removal where the upload is refused already.
    public var found = 0
    /// Uploads whose time was over and whose object never came.
    public var expired = 0
    /// Where the next sweep goes on, if this one did not get to the end.
    public var next: FileID?

    /// Whether there was nothing to do.
    public var isEmpty: Bool { found == 0 && expired == 0 }
  }

  private let database: FileDatabase
  private let store: any ObjectStore
  private let bucket: String

  /// An upload this young is left to its event, in seconds.
  static let patience: TimeInterval = 10
  /// How long after its URL's end an upload may still arrive, in seconds.
  static let grace: TimeInterval = 3600
  /// Uploads looked at between two looks into the database.
  static let pageSize = 200
  /// A sweep's budget, in pages: many abandoned uploads shall not keep the store busy for ever.
  static let maximumPages = 10

  /// Looks for objects in the raw `bucket`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
  }

  /// Looks at uploads that wait without a job, from `start` on, up to a budget; stops early once `isWanted` says no.
  ///
  /// Throws at the first part that is out of reach; the next sweep goes on.
  public func sweep(
    at now: Date,
    from start: FileID? = nil,
    while isWanted: () -> Bool = { true }
  ) throws(StorageError) -> Report {
    var report = Report()
    report.next = try forEachPage(from: start, while: isWanted) { (last) throws(StorageError) in
      let page = try database.unattendedFiles(createdBy: now - Self.patience, after: last, limit: Self.pageSize)
      var found: [FileID] = []
      for file in page where isWanted() {
        let hasObject = file.state == .received ? true : try exists(file.rawKey)
        if hasObject { found.append(file.id) }
      }
      report.found += try database.enqueue(for: found, at: now).count
      return page
    }
    try expire(endedBy: now - Self.grace, at: now, while: isWanted, &report)
    try lookUnderRefused(endingAfter: now - Self.grace, at: now, while: isWanted, &report)
    return report
  }

  /// Ends the uploads whose time is over and whose object never came.
  private func expire(
    endedBy end: Date,
    at now: Date,
    while isWanted: () -> Bool,
    _ report: inout Report
  ) throws(StorageError) {
    _ = try forEachPage(from: nil, while: isWanted) { (last) throws(StorageError) in
      let page = try database.overdueFiles(expiredBy: end, after: last, limit: Self.pageSize)
      if !page.isEmpty { try confirmBucket() }
      var expired: [FileID] = []
      for file in page where isWanted() {
        if try !exists(file.rawKey), try database.expire(file.id, expiredBy: end) { expired.append(file.id) }
      }
      // What a delete marker hid, or what came just now, is taken away by a worker.
      _ = try database.enqueue(for: expired, at: now)
      report.expired += expired.count
      return page
    }
  }

  /// Finds what was put under the key of a refused or abandoned upload while its URL still worked.
  private func lookUnderRefused(
    endingAfter end: Date,
    at now: Date,
    while isWanted: () -> Bool,
    _ report: inout Report
  ) throws(StorageError) {
    let earliest = FileID(earliestAt: end - TimeInterval(UploadPolicy.maximumURLSeconds))
    _ = try forEachPage(from: earliest, while: isWanted) { (last) throws(StorageError) in
      let page = try database.refusedFiles(expiringAfter: end, after: last, limit: Self.pageSize)
      var found: [FileID] = []
      for file in page where isWanted() {
        if try exists(file.rawKey) { found.append(file.id) }
      }
      report.found += try database.enqueue(for: found, at: now).count
      return page
    }
  }

  /// Hands out pages until the last, or until the budget is used up: then it returns where to go on.
  private func forEachPage(
    from start: FileID?,
    while isWanted: () -> Bool,
    _ body: (FileID?) throws(StorageError) -> [UnfinishedFile]
  ) throws(StorageError) -> FileID? {
    var last = start
    for _ in 0..<Self.maximumPages where isWanted() {
      let page = try body(last)
      guard page.count == Self.pageSize else { return nil }
      last = page.last?.id
    }
    return last
  }

  /// HEAD answers 404 for every object of a bucket that is not there, as with a mistyped name.
  private func confirmBucket() throws(StorageError) {
    let exists = try StorageError.reaching("store") { () throws(StoreError) in try store.bucketExists(bucket) }
    guard exists else { throw .unavailable(detail: "store: bucket \(bucket) is not there") }
  }

  private func exists(_ key: String) throws(StorageError) -> Bool {
    do throws(StoreError) {
      _ = try store.head(key, in: bucket)
      return true
    } catch {
      guard case .notFound = error else { throw .unavailable(detail: "store: \(error)") }
      return false
    }
  }
}
