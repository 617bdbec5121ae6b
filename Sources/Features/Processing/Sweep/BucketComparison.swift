public import Core
public import Database
public import Foundation
public import Storage

/// Compares the raw bucket with the database once a day: finds ready files whose checked object is covered or missing.
///
/// A delete marker, or another object above the checked version, makes that version a noncurrent one, which a lifecycle
/// rule deletes after 31 days. Events report most of these. The comparison finds the rest.
///
/// It reads the bucket page by page, one part per sweep, on one node at a time. A worker continues where another one
/// stopped or was killed.
public struct BucketComparison: Sendable {
  /// The result of one part.
  public struct Part: Hashable, Sendable {
    /// The number of versions that were listed.
    public internal(set) var seen = 0
    /// The files with something above the checked object: a worker was asked to look.
    public internal(set) var covered: [FileID] = []
    /// The files whose checked object does not exist, without those that a lifecycle rule deleted.
    public internal(set) var missing: [FileID] = []
    /// True if the comparison of the day is complete.
    public internal(set) var isLast = false
  }

  /// The interval between two comparisons, in seconds.
  static let period: TimeInterval = 86_400
  /// The time for which a part excludes other workers, in seconds.
  static let leaseSeconds: TimeInterval = 300
  /// The number of objects that a part asks for one by one, because the listing did not have them.
  static let missingBudget = 500

  let database: FileDatabase
  let store: any ObjectStore
  let bucket: String
  let pageSize: Int

  /// Compares the raw `bucket` with `database`; a page has at most 1,000 versions.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String, pageSize: Int = 1000) {
    (self.database, self.store, self.bucket, self.pageSize) = (database, store, bucket, pageSize)
  }

  /// Does the next part, at most `pages` pages.
  ///
  /// Returns nil if the comparison of the day is complete, or if another worker
  /// is at it.
  public func next(
    at now: Date,
    pages: Int = 50,
    while isWanted: () -> Bool = { true }
  ) throws(StorageError) -> Part? {
    guard let chore = try database.claim(.comparison, every: Self.period, seconds: Self.leaseSeconds, at: now) else {
      return nil
    }
    var position = ComparisonPosition(chore.position)
    var part = Part()
    var pagesLeft = pages
    while pagesLeft > 0, isWanted() {
      pagesLeft -= 1
      guard let page = try list(position) else {
        // The store no longer knows the place in its listing: the next part begins again.
        position = ComparisonPosition()
        break
      }
      part.seen += page.items.count
      let reach = position.reach(of: page)
      let end = try compare(reach, &part, at: now)
      if let end {
        position.low = end
        break
      }
      guard let next = reach.next else {
        part.isLast = true
        break
      }
      position = next
    }
    _ = try database.leave(chore, at: part.isLast ? nil : position.description)
    return part
  }

  /// Returns a page; nil if the store refuses the position.
  private func list(_ position: ComparisonPosition) throws(StorageError) -> Page<VersionSummary>? {
    do throws(StoreError) {
      return try store.listVersions(bucket, prefix: "", after: position.token, limit: pageSize)
    } catch {
      if case .invalidRequest = error, position.token != nil { return nil }
      throw .unavailable(detail: "bucket \(bucket): \(error)")
    }
  }

  /// Compares the ready files in the reach of a page; returns the key at which the budget ended, nil if all were compared.
  private func compare(
    _ reach: ComparisonPosition.Reach,
    _ part: inout Part,
    at now: Date
  ) throws(StorageError) -> String? {
    var low = reach.low
    while true {
      let files = try database.readyFiles(from: low, before: reach.high, limit: 500)
      var covered: [FileID] = []
      var vanished: [FileID] = []
      var end: String?
      for file in files {
        guard let found = reach.current[Array(file.judgedKey.utf8)] else {
          guard part.missing.count + vanished.count < Self.missingBudget else {
            end = file.rawKey
            break
          }
          if try isMissing(file) {
            if file.versionID == nil { vanished.append(file.id) } else { part.missing.append(file.id) }
          }
          continue
        }
        if found.isDeleteMarker || file.versionID.map({ $0 != found.version }) ?? false { covered.append(file.id) }
      }
      _ = try database.enqueue(for: covered + vanished, at: now)
      part.covered += covered
      part.missing += vanished
      if let end { return end }
      guard files.count == 500, let last = files.last else { return nil }
      low = last.rawKey + ComparisonPosition.successor
    }
  }

  private func isMissing(_ file: PlacedFile) throws(StorageError) -> Bool {
    do throws(StoreError) {
      _ = try store.head(file.judgedKey, in: bucket, version: file.versionID.map { VersionID($0) })
      return false
    } catch {
      switch error {
      case .notFound: break
      case .sealed: return false
      default: throw .unavailable(detail: "store: \(error)")
      }
    }
    let exists = try StorageError.reaching("store") { () throws(StoreError) in try store.bucketExists(bucket) }
    guard exists else { throw .unavailable(detail: "store: bucket \(bucket) is not there") }
    return true
  }
}
