public import Core
public import Database
public import Foundation
public import Storage

/// Finds objects in the raw and the processed bucket that have no row in the database.
///
/// Buckets are read page by page, so their size does not matter. A variant counts as known if its file has a row.
public struct UnknownObjects: Sendable {
  /// One version, or delete marker, of an object.
  public struct Item: Hashable, Sendable {
    /// The name of the bucket.
    public let bucket: String
    /// The version, as the store lists it.
    public let version: VersionSummary
  }

  /// The result of a search.
  public struct Tally: Hashable, Sendable {
    /// The number of versions with a row.
    public var known = 0
    /// The number of versions without a row under keys that Stowage never creates; these stay.
    public var foreign = 0
    /// The number of versions without a row under keys in Stowage's format.
    public var unknown = 0
    /// The total length of the unknown versions, in bytes.
    public var unknownBytes: Int64 = 0
    /// The number of unknown versions that are old enough for deletion.
    public var deletable = 0
    /// The total length of the deletable versions, in bytes.
    public var deletableBytes: Int64 = 0
    /// True if the raw and the processed bucket were listed completely.
    public var isComplete = false

    /// The number of versions that were checked.
    public var count: Int { known + foreign + unknown }
  }

  /// The minimum age of a deletable version, in seconds.
  ///
  /// A younger version can belong to a row that is not stored yet, or that a restored backup lacks.
  public static let minimumAge: TimeInterval = 7 * 86_400

  private let database: FileDatabase
  private let store: any ObjectStore
  private let buckets: BucketNames
  private let pageSize: Int

  /// Compares the raw and the processed bucket with the database; a page has at most 1,000 versions.
  public init(database: FileDatabase, store: any ObjectStore, buckets: BucketNames, pageSize: Int = 1000) {
    self.database = database
    self.store = store
    self.buckets = buckets
    self.pageSize = pageSize
  }

  /// Counts all versions, and reports each version in Stowage's key format without a row; changes nothing.
  public func count(
    at now: Date,
    while isWanted: () -> Bool = { true },
    progress: (Tally) -> Void = { _ in },
    report: (Item, _ isDeletable: Bool) -> Void = { _, _ in }
  ) throws(StorageError) -> Tally {
    var tally = Tally()
    tally.isComplete = try walk(while: isWanted) { (page) throws(StorageError) in
      tally.known += page.known
      tally.foreign += page.foreign
      for item in page.unknown {
        let isDeletable = Self.isDeletable(item, at: now)
        tally.add(item.version.size, isDeletable: isDeletable)
        report(item, isDeletable)
      }
      progress(tally)
    }
    return tally
  }

  /// Deletes the versions that `count` found deletable, each by its version identifier, and reports each.
  ///
  /// The database is asked again before each page. Throws `unexpected` if `tally` has no known object: with an empty or
  /// wrong database every object looks unknown.
  public func delete(
    _ tally: Tally,
    at now: Date,
    while isWanted: () -> Bool = { true },
    report: (Item) -> Void = { _ in }
  ) throws(StorageError) {
    guard tally.known > 0 else {
      throw .unexpected(
        detail: "this database knows no object in these buckets, so it may be the wrong one; nothing was deleted."
          + " `stowage config` shows which it is (STOWAGE_DATABASE_URL)."
      )
    }
    _ = try walk(while: isWanted) { (page) throws(StorageError) in
      for item in page.unknown where isWanted() && Self.isDeletable(item, at: now) {
        try StorageError.reaching("bucket \(item.bucket)") { () throws(StoreError) in
          try store.delete(item.version.key, in: item.bucket, version: item.version.version)
        }
        report(item)
      }
    }
  }

  private static func isDeletable(_ item: Item, at now: Date) -> Bool {
    now.timeIntervalSince(item.version.lastModified) > minimumAge
  }

  /// Passes the pages of both buckets to `body`; false if `isWanted` stopped the walk.
  ///
  /// A page is passed on only after the next page was listed: the next listing begins after the last version of this
  /// page, which `body` can delete.
  private func walk(
    while isWanted: () -> Bool,
    _ body: (Page) throws(StorageError) -> Void
  ) throws(StorageError) -> Bool {
    for bucket in [buckets.raw, buckets.processed] {
      var trail = PageTrail()
      var before: [VersionSummary] = []
      var goesOn = true
      repeat {
        guard isWanted() else { return false }
        let listed = try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in
          let page = try store.listVersions(bucket, prefix: "", after: trail.token, limit: pageSize)
          goesOn = try trail.follow(page.next)
          return page.items
        }
        if !before.isEmpty { try body(page(before, in: bucket)) }
        before = listed
      } while goesOn
      guard isWanted() else { return false }
      try body(page(before, in: bucket))
    }
    return true
  }

  private func page(_ versions: [VersionSummary], in bucket: String) throws(StorageError) -> Page {
    bucket == buckets.raw ? try rawPage(versions) : try processedPage(versions)
  }

  private func rawPage(_ versions: [VersionSummary]) throws(StorageError) -> Page {
    var page = Page()
    let holders = try database.holders(ofRawObjects: versions.map(\.key))
    for (version, holder) in zip(versions, holders) {
      page.add(
        Item(bucket: buckets.raw, version: version),
        isKnown: holder != nil,
        isOwn: RawKey(kept: version.key) != nil || RawKey(version.key) != nil
      )
    }
    return page
  }

  private func processedPage(_ versions: [VersionSummary]) throws(StorageError) -> Page {
    var page = Page()
    let keys = versions.map { RenderingKey($0.key) }
    let owners = try database.owners(of: Set(keys.compactMap { $0?.file }))
    for (version, key) in zip(versions, keys) {
      page.add(
        Item(bucket: buckets.processed, version: version),
        isKnown: key.map { owners[$0.file] == $0.user } ?? false,
        isOwn: key != nil
      )
    }
    return page
  }

  private struct Page {
    var known = 0
    var foreign = 0
    var unknown: [Item] = []

    mutating func add(_ item: Item, isKnown: Bool, isOwn: Bool) {
      if isKnown {
        known += 1
      } else if isOwn {
        unknown.append(item)
      } else {
        foreign += 1
      }
    }
  }
}

extension UnknownObjects.Tally {
  fileprivate mutating func add(_ size: Int64, isDeletable: Bool) {
    unknown += 1
    unknownBytes += size
    guard isDeletable else { return }
    deletable += 1
    deletableBytes += size
  }
}
