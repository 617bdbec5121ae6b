public import Core
import Database
public import Foundation
import Storage

/// Deletes all data of a user: files in all states and versions, checked copies, variants, multipart uploads, cache
/// entries and database rows.
///
/// Every step can be repeated, so an interrupted erasure can be started again. During an erasure, the user cannot
/// reserve quota.
public struct UserErasure: Sendable {
  /// The remaining data of a user.
  public struct Remains: Hashable, Sendable, Encodable {
    /// Versions and delete markers in the raw bucket.
    public var rawVersions = 0
    /// Versions and delete markers in the processed bucket.
    public var processedVersions = 0
    /// Multipart uploads in progress.
    public var multipartUploads = 0
    /// Files in the database, in any state.
    public var files = 0
    /// True if the user has a row in the database.
    public var hasRow = false

    /// A value for a user without data.
    public init() {}

    /// True if no data is left.
    public var isNothing: Bool { self == Remains() }
    /// True if neither bucket has data of the user.
    public var hasNoBytes: Bool { rawVersions + processedVersions + multipartUploads == 0 }
  }

  /// The progress of an erasure.
  public struct Step: Hashable, Sendable {
    /// The number of files that are not erased yet.
    public let filesLeft: Int
    /// The dependency that does not answer; nil if all answer.
    ///
    /// The erasure retries the step.
    public let obstacle: String?
  }

  let dependencies: ProcessorDependencies
  private let processor: Processor

  /// The number of files per page.
  private static let pageSize = 100
  /// The delay between two rounds, in microseconds.
  private static let pauseMicroseconds: UInt32 = 200_000

  /// Erases users with these dependencies.
  public init(_ dependencies: ProcessorDependencies) {
    self.dependencies = dependencies
    processor = Processor(dependencies)
  }

  /// Returns the user's remaining data, from listings of both buckets and from the database.
  public func remains(of user: UserID) throws(StorageError) -> Remains {
    var remains = Remains()
    remains.rawVersions = try strays(of: user, in: dependencies.buckets.raw).count
    remains.processedVersions = try strays(of: user, in: dependencies.buckets.processed).count
    remains.multipartUploads = try uploads(of: user).count
    let rows = try dependencies.database.remains(of: user)
    (remains.files, remains.hasRow) = (rows.files, rows.hasRow)
    return remains
  }

  /// Erases the user while `isWanted` returns true; returns the time until which an issued upload URL can still be
  /// used.
  ///
  /// Until that time the rows stay in the database, so that workers delete late uploads. Returns nil if no URL can be
  /// used any more; then the rows are deleted. Waits for workers that process the user's files, and for the last round
  /// of the cache purge. Throws `unavailable` if the store or the database does not answer.
  public func run(
    on user: UserID,
    at now: Date,
    while isWanted: () -> Bool = { true },
    progress: (Step) -> Void = { _ in }
  ) throws(StorageError) -> Date? {
    _ = try dependencies.database.beginErasure(of: user, at: .now)
    try deleteAll(of: user, while: isWanted)
    var left = try dependencies.database.remains(of: user).files
    var liveUntil: Date?
    while isWanted() {
      let round = try workOnce(on: user, at: now, while: isWanted) { erased, obstacle in
        left -= erased
        progress(Step(filesLeft: left, obstacle: obstacle))
      }
      liveUntil = round.liveUntil
      if round.unfinished == 0 { break }
      usleep(Self.pauseMicroseconds)
    }
    guard isWanted() else { return liveUntil }
    try removeStrays(of: user)
    if liveUntil == nil { _ = try dependencies.database.erase(user) }
    return liveUntil
  }

  /// Deletes every file, and purges its images from the caches.
  private func deleteAll(of user: UserID, while isWanted: () -> Bool) throws(StorageError) {
    let invalidation = CacheInvalidation(database: dependencies.database, cacheNodes: dependencies.cacheNodes)
    try eachPage(of: user, while: isWanted) { (files) throws(StorageError) in
      let ids = files.map(\.id)
      _ = try dependencies.database.delete(ids, of: user, permanently: true, at: .now)
      invalidation.purge(ids, within: 5)
    }
  }

  private struct Round {
    var unfinished = 0
    var liveUntil: Date?
  }

  /// Processes the jobs of each file that no worker has leased, and deletes the rows of finished files.
  private func workOnce(
    on user: UserID,
    at now: Date,
    while isWanted: () -> Bool,
    progress: (_ erased: Int, _ obstacle: String?) -> Void
  ) throws(StorageError) -> Round {
    var round = Round()
    try eachPage(of: user, while: isWanted) { (files) throws(StorageError) in
      for file in files where isWanted() { progress(0, try work(on: file)) }
      let ended = files.filter { $0.expiresAt + Sweeper.grace <= now }
      let erased = try dependencies.database.erase(ended.map(\.id))
      progress(erased.count, nil)
      round.unfinished += ended.count - erased.count
      for file in files where !ended.contains(file) {
        let hasJobs = try !dependencies.database.jobs(of: file.id).isEmpty
        if hasJobs { round.unfinished += 1 }
        round.liveUntil = max(round.liveUntil ?? .distantPast, file.expiresAt + Sweeper.grace)
      }
    }
    return round
  }

  /// Processes the due jobs of `file`; returns the reason if a cache did not answer, which a later round retries.
  private func work(on file: UnfinishedFile) throws(StorageError) -> String? {
    let jobs = try dependencies.database.jobs(of: file.id)
    if jobs.isEmpty, file.state == .purging || file.state == .deleted {
      _ = try dependencies.database.enqueue(for: [file.id], at: .now)
    }
    for job in jobs where job.dueAt <= .now {
      guard case .postponed(let detail) = try processor.runIfAvailable(job.kind, of: file.id) else { continue }
      guard job.kind == .purge else { throw .unavailable(detail: detail) }
      return detail
    }
    return nil
  }

  /// Deletes objects and multipart uploads under the user's prefix that belong to no file in the database.
  private func removeStrays(of user: UserID) throws(StorageError) {
    for bucket in [dependencies.buckets.raw, dependencies.buckets.processed] {
      let strays = try strays(of: user, in: bucket)
      try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in
        for stray in strays { try dependencies.store.delete(stray.key, in: bucket, version: stray.version) }
      }
    }
    for upload in try uploads(of: user) {
      _ = try StorageError.reaching("store") { () throws(StoreError) in
        try dependencies.store.endMultipartUpload(upload.upload, to: upload.key, in: dependencies.buckets.raw)
      }
    }
  }

  /// Returns all versions of the user's objects in a bucket, at every place.
  private func strays(of user: UserID, in bucket: String) throws(StorageError) -> [VersionSummary] {
    try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in
      let plain = try dependencies.store.allVersions(in: bucket, prefix: Self.prefix(of: user))
      guard bucket == dependencies.buckets.processed else { return plain }
      var strays = plain.filter { $0.hasNoPlace(of: user) }
      for place in RenderingPlace.allCases {
        strays += try dependencies.store.allVersions(in: bucket, prefix: place.prefix(of: user))
      }
      return strays
    }
  }

  private func uploads(of user: UserID) throws(StorageError) -> [UploadSummary] {
    try StorageError.reaching("store") { () throws(StoreError) in
      try dependencies.store.multipartUploads(in: dependencies.buckets.raw, prefix: Self.prefix(of: user))
    }
  }

  private func eachPage(
    of user: UserID,
    while isWanted: () -> Bool,
    _ body: ([UnfinishedFile]) throws(StorageError) -> Void
  ) throws(StorageError) {
    var last: FileID?
    while isWanted() {
      let page = try dependencies.database.files(of: user, after: last, limit: Self.pageSize)
      if !page.isEmpty { try body(page) }
      guard page.count == Self.pageSize else { return }
      last = page.last?.id
    }
  }

  /// The common prefix of the user's keys in the raw bucket, and of those that earlier versions gave to renderings.
  private static func prefix(of user: UserID) -> String { "\(user.written)/" }
}
