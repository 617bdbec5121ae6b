public import Core
public import Database
public import Foundation
public import Storage

/// Finds objects in the raw and the processed bucket that no row of the database knows.
///
/// Buckets are read in pages, so their size does not matter. Of a variant it is its file that a row must know.
public struct UnknownObjects: Sendable {
  /// One version, or delete marker, of an object.
  public struct Item: Hashable, Sendable {
    /// Where it lies.
    public let bucket: String
    /// The object's version.
    public let version: VersionSummary
  }

  /// What a look found.
  public struct Tally: Hashable, Sendable {
    /// Versions that a row knows.
    public var known = 0
    /// Versions that no row knows, under keys that Stowage never makes; they are left alone.
    public var foreign = 0
    /// Versions that no row knows, under keys of Stowage's own form.
    public var unknown = 0
    /// Their length, in bytes.
    public var unknownBytes: Int64 = 0
    /// Those of them that are old enough to be deleted.
    public var deletable = 0
    /// Their length, in bytes.
    public var deletableBytes: Int64 = 0
    /// Whether both buckets were read to their end.
    public var isComplete = false

    /// What was looked at so far.
    public var count: Int { known + foreign + unknown }
  }

  /// What is younger may belong to a row that is on its way, or to one that a restored backup does not have yet; seconds.
  public static let minimumAge: TimeInterval = 7 * 86_400

  private let database: FileDatabase
  private let store: any ObjectStore
  private let buckets: BucketNames
  private let pageSize: Int

  /// Compares the raw and the processed bucket with the rows; a page has at most 1,000 versions.
  public init(database: FileDatabase, store: any ObjectStore, buckets: BucketNames, pageSize: Int = 1000) {
    self.database = database
    self.store = store
    self.buckets = buckets
    self.pageSize = pageSize
  }

  /// Counts, and hands out every version of an own key that no row knows; changes nothing.
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

  /// Deletes what `count` called deletable in `tally`, each version by its id, and hands out each as it goes.
  ///
  /// Whether a row knows it is asked again. Throws `unexpected` where `tally` knew no object at all: to a fresh database,
  /// or the wrong one, every object is unknown.
  public func delete(
    _ tally: Tally,
    at now: Date,
    while isWanted: () -> Bool = { true },
    report: (Item) -> Void = { _ in }
  ) throws(StorageError) {
    guard tally.known > 0 else {
      throw .unexpected(
        detail: "this database knows no object in these buckets, so it may be the wrong one; nothing was deleted."
          + " `stowage config` shows which it is (STOWAGE_DATABASE_PATH)."
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

  /// Hands out the pages of both buckets; false where it was stopped.
  ///
  /// A page is handed out once the next is read: the next begins after its last version, which then may go.
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
    // A kept copy belongs to the row of the upload that it is a copy of.
    let uploads = versions.map { RawKey($0.key) ?? RawKey(kept: $0.key) }
    let keys = zip(versions, uploads).map { version, upload in upload?.description ?? version.key }
    let known = try database.knownRawKeys(Set(keys))
    for (index, version) in versions.enumerated() {
      page.add(
        Item(bucket: buckets.raw, version: version),
        isKnown: known.contains(keys[index]),
        isOwn: uploads[index] != nil
      )
    }
    return page
  }

  private func processedPage(_ versions: [VersionSummary]) throws(StorageError) -> Page {
    var page = Page()
    // The key of a variant is the path of its image URL behind the prefix.
    let paths = versions.map { ImagePath("/\(Visibility.public.pathPrefix)/\($0.key)") }.map { path in
      path?.version == nil ? nil : path
    }
    let owners = try database.owners(of: Set(paths.compactMap { $0?.file }))
    for (version, path) in zip(versions, paths) {
      page.add(
        Item(bucket: buckets.processed, version: version),
        isKnown: path.map { owners[$0.file] == $0.user } ?? false,
        isOwn: path != nil
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

extension RawKey {
  /// The upload of which `key` is the kept copy; nil where it is not exactly that.
  fileprivate init?(kept key: String) {
    guard let upload = RawKey(key.replacing("/kept.", with: "/original.")), upload.kept == key else { return nil }
    self = upload
  }
}
