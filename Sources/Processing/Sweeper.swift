public import Core
public import Database
public import Foundation
public import Storage

/// Finds what events never told; safe to run anywhere, at any time, by any number of nodes.
public struct Sweeper: Sendable {
  /// What one sweep did.
  public struct Report: Hashable, Sendable {
    /// Uploads whose object was found, now due for judgement.
    public var found = 0
    /// Uploads whose time was over and whose object never came.
    public var expired = 0

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
  /// Uploads looked at in one transaction's breath.
  static let pageSize = 200

  /// Looks for objects in the raw `bucket`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
  }

  /// Looks at every upload that waits without a job.
  ///
  /// Throws at the first part that is out of reach; the next sweep goes on.
  public func sweep(at now: Date) throws(StorageError) -> Report {
    var report = Report()
    try forEachPage { (last) throws(StorageError) in
      let page = try database.unattendedFiles(createdBy: now - Self.patience, after: last, limit: Self.pageSize)
      var found: [FileID] = []
      for file in page {
        let hasObject = file.state == .received ? true : try exists(file.rawKey)
        if hasObject { found.append(file.id) }
      }
      report.found += try database.enqueue(for: found, at: now).count
      return page
    }
    let end = now - Self.grace
    try forEachPage { (last) throws(StorageError) in
      let page = try database.overdueFiles(expiredBy: end, after: last, limit: Self.pageSize)
      for file in page where try !exists(file.rawKey) {
        if try database.expire(file.id, expiredBy: end) { report.expired += 1 }
      }
      return page
    }
    return report
  }

  private func forEachPage(
    _ body: (FileID?) throws(StorageError) -> [UnfinishedFile]
  ) throws(StorageError) {
    var last: FileID?
    repeat {
      let page = try body(last)
      last = page.count == Self.pageSize ? page.last?.id : nil
    } while last != nil
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
