public import Core
import Database
public import Foundation
import Storage

/// Removes everything of a user: files in all states with all their versions, kept copies and variants, multipart uploads,
/// what caches hold, and then the rows.
///
/// Every step may be repeated, so it goes on where it was killed. Meanwhile nothing can be reserved for the user.
public struct UserErasure: Sendable {
  /// What there is of a user.
  public struct Remains: Hashable, Sendable, Encodable {
    /// Versions and delete markers in the raw bucket.
    public var rawVersions = 0
    /// Versions and delete markers in the processed bucket.
    public var processedVersions = 0
    /// Multipart uploads under way.
    public var multipartUploads = 0
    /// Files in the database, in any state.
    public var files = 0
    /// Whether the user has a row of their own.
    public var hasRow = false

    /// Nothing.
    public init() {}

    /// Whether nothing is left.
    public var isNothing: Bool { self == Remains() }
    /// Whether no bytes are left.
    public var hasNoBytes: Bool { rawVersions + processedVersions + multipartUploads == 0 }
  }

  /// How far an erasure has come.
  public struct Step: Hashable, Sendable {
    /// Files that are still to be erased.
    public let filesLeft: Int
    /// What is out of reach, if something is: it is tried again.
    public let obstacle: String?
  }

  let dependencies: ProcessorDependencies
  private let processor: Processor

  /// Files worked on between two looks.
  private static let pageSize = 100
  /// Between two looks at what others do, in microseconds.
  private static let pauseMicroseconds: UInt32 = 200_000

  /// Erases with `dependencies`.
  public init(_ dependencies: ProcessorDependencies) {
    self.dependencies = dependencies
    processor = Processor(dependencies)
  }

  /// What there is of the user now, by listing both buckets and asking the database.
  public func remains(of user: UserID) throws(StorageError) -> Remains {
    let prefix = Self.prefix(of: user)
    var remains = Remains()
    for (bucket, member) in [
      (dependencies.buckets.raw, \Remains.rawVersions), (dependencies.buckets.processed, \Remains.processedVersions),
    ] {
      remains[keyPath: member] = try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in
        try dependencies.store.allVersions(in: bucket, prefix: prefix).count
      }
    }
    remains.multipartUploads = try uploads(of: user).count
    let rows = try dependencies.database.remains(of: user)
    (remains.files, remains.hasRow) = (rows.files, rows.hasRow)
    return remains
  }

  /// Erases the user, as long as `isWanted` says so, and returns until when an upload URL that was given out before may
  /// still bring something: the rows stay until then, so that workers remove it; nil where none may.
  ///
  /// Waits for whoever works on one of the files, and for the caches' last round. Throws `unavailable` where the store or
  /// the database does not answer.
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

  /// Takes every file away at once, out of the caches too.
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

  /// Does what there is to be done for each file, unless somebody else does, and forgets those that are finished.
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

  /// Returns what is out of reach, where that may pass while one waits.
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

  /// Removes what lies under the user's prefix although no file of theirs knows it.
  private func removeStrays(of user: UserID) throws(StorageError) {
    for bucket in [dependencies.buckets.raw, dependencies.buckets.processed] {
      try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in
        for stray in try dependencies.store.allVersions(in: bucket, prefix: Self.prefix(of: user)) {
          try dependencies.store.delete(stray.key, in: bucket, version: stray.version)
        }
      }
    }
    for upload in try uploads(of: user) {
      _ = try StorageError.reaching("store") { () throws(StoreError) in
        try dependencies.store.endMultipartUpload(upload.upload, to: upload.key, in: dependencies.buckets.raw)
      }
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

  /// What all of the user's keys begin with, and nobody else's.
  private static func prefix(of user: UserID) -> String { "\(user)/" }
}
