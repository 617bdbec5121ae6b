import Core
import Database
import Decoding
import Foundation
import Scanning
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// Everything that a worker needs, separate for each test: a database in a scratch folder, a store in memory, a
/// scripted scanner, and the real decoder.
final class ProcessingFixture: Sendable {
  static let buckets = BucketNames(raw: "raw", processed: "processed", backups: "backups", logs: "logs")
  /// The user's quota, in bytes.
  static let quota: Int64 = 10_000_000
  /// The path of the built decoder: in the folder of the test program.
  static let decoder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("decoder").path
  /// The decoders that all tests share.
  static let decoders = DecoderPool(executable: decoder)
  /// A small photo, shared by all tests because making one starts a process.
  static let photo = Result { try Photo.jpeg(width: 200, height: 160) }

  let folder: ScratchFolder
  let database: FileDatabase
  let store: FaultyStore
  let scanner = ScriptedScanner()
  let user: UserID
  let processor: Processor
  let sweeper: Sweeper

  /// A fixture whose worker has this many `threads`; `clock` tells the worker and the store the time.
  init(
    isVersioned: Bool = true,
    threads: Int = 1,
    decoders: DecoderPool = ProcessingFixture.decoders,
    clock: @escaping @Sendable () -> Date = { .now }
  ) throws {
    folder = try ScratchFolder()
    store = FaultyStore(clock: clock)
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try Self.user("ann", in: database)
    for bucket in Self.buckets.all { try store.createBucket(bucket) }
    if isVersioned { try store.setVersioning(true, of: Self.buckets.raw) }
    var parts = Self.parts(database, store, scanner, decoders, folder, threads: threads)
    parts.clock = clock
    processor = Processor(parts)
    sweeper = Sweeper(database: database, store: store, bucket: Self.buckets.raw)
  }

  private static func parts(
    _ database: FileDatabase,
    _ store: FaultyStore,
    _ scanner: ScriptedScanner,
    _ decoders: DecoderPool,
    _ folder: ScratchFolder,
    _ variants: [VariantSpecification] = VariantSpecification.defaults,
    threads: Int = 1,
    cacheNodes: [String] = [],
    cloudFront: CloudFrontAccess? = nil
  ) -> ProcessorDependencies {
    ProcessorDependencies(
      database: database,
      store: store,
      buckets: buckets,
      scanner: scanner,
      decoders: decoders,
      variants: variants,
      cacheNodes: cacheNodes,
      cloudFront: cloudFront,
      worker: WorkerSettings(threads: threads, sweepSeconds: 60, leaseSeconds: 120, temporaryDirectory: folder.path)
    )
  }

  /// Returns the dependencies of a further process on the same files, with a separate database connection.
  func parts(
    _ variants: [VariantSpecification] = VariantSpecification.defaults,
    decoders: DecoderPool = ProcessingFixture.decoders,
    cacheNodes: [String] = [],
    cloudFront: CloudFrontAccess? = nil
  ) throws -> ProcessorDependencies {
    let database = try FileDatabase(path: folder.file("stowage.sqlite"), busySeconds: 30)
    return Self.parts(
      database,
      store,
      scanner,
      decoders,
      folder,
      variants,
      cacheNodes: cacheNodes,
      cloudFront: cloudFront
    )
  }

  /// Returns another worker on the same files.
  func colleague(_ variants: [VariantSpecification] = VariantSpecification.defaults) throws -> Processor {
    Processor(try parts(variants))
  }

  private static func user(_ name: String, in database: FileDatabase) throws -> UserID {
    let user = try #require(UserID(name))
    _ = try database.user(user, plan: .standard, quotaBytes: quota, at: .now)
    return user
  }

  /// Creates another user.
  func user(_ name: String) throws -> UserID { try Self.user(name, in: database) }

  // MARK: Uploads

  /// Creates a pending upload, presigned at `now` for 900 s.
  func claim(
    size: Int,
    _ type: FileType = .jpeg,
    sha256: String? = nil,
    of user: UserID? = nil,
    at now: Date = .now
  ) throws -> FileID {
    let claim = try UploadClaim(
      filename: "photo.\(type.fileExtension)",
      size: Int64(size),
      contentType: type.contentType,
      sha256: sha256,
      visibility: "public",
      policy: UploadPolicy(types: FileType.allCases)
    )
    let key = RawKey(user: user ?? self.user, file: FileID(at: now), type: type)
    try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: now + 900), at: now) == .reserved)
    return key.file
  }

  /// Creates an upload of a plain type whose bytes have arrived and whose job is due.
  func upload(_ bytes: [UInt8], plain setting: String, named name: String) throws -> FileID {
    let type = try PlainType(setting: setting)
    let policy = UploadPolicy(plainTypes: [type])
    let claim = try UploadClaim(filename: name, size: Int64(bytes.count), contentType: "", policy: policy)
    let key = RawKey(user: user, file: FileID(at: .now), type: claim.type)
    try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: .now + 900), at: .now) == .reserved)
    try put(bytes, for: key.file)
    try hint(key.file)
    return key.file
  }

  /// Stores bytes at the client's URL; returns their version.
  @discardableResult
  func put(_ bytes: [UInt8], for file: FileID) throws -> VersionID? {
    try store.memory.put(.bytes(bytes), to: record(file).rawKey, in: Self.buckets.raw).version
  }

  /// Creates an upload whose bytes have arrived and whose job is due.
  func upload(
    _ bytes: [UInt8]? = nil,
    _ type: FileType = .jpeg,
    sha256: String? = nil,
    of user: UserID? = nil
  ) throws -> FileID {
    let bytes = try bytes ?? Self.photo.get()
    let file = try claim(size: bytes.count, type, sha256: sha256, of: user)
    try put(bytes, for: file)
    try hint(file)
    return file
  }

  /// Makes an upload private, whose renderings stay until the next job if an attempt fails.
  func makePrivate(_ file: FileID) throws {
    let change = try FileChange(filename: nil, visibility: "private")
    try #require(try database.change(record(file), to: change, at: .now))
  }

  /// Queues a job, as an event about `file` does.
  func hint(_ file: FileID) throws { #expect(try database.enqueue(for: [file], at: .now) == [file]) }

  // MARK: Work

  /// Runs the next job that is due `seconds` from now, and returns its outcome.
  @discardableResult
  func next(after seconds: Double = 1) throws -> ProcessingOutcome? { try processor.next(at: .now + seconds)?.outcome }

  /// Runs all jobs that are due `seconds` from now, except further purge rounds, which depend on the clock.
  func settle(after seconds: Double = 0) throws {
    var isDone = false
    while !isDone {
      isDone = true
      for kind in [JobKind.process, .render] {
        while let job = try database.leaseJob(kind, seconds: seconds + 120, at: .now + seconds) {
          _ = try processor.process(job)
          isDone = false
        }
      }
    }
  }

  // MARK: Checks

  func record(_ file: FileID) throws -> FileRecord { try #require(try database.file(file)) }

  func state(_ file: FileID) throws -> FileState { try record(file).state }

  /// Returns every version and marker under the file's key, newest first.
  func versions(_ file: FileID) throws -> [VersionSummary] {
    try store.memory.listVersions(Self.buckets.raw, prefix: record(file).rawKey, after: nil, limit: 1000).items
  }

  /// Expects nothing of the file but its pinned version, under a delete marker.
  func expectHidden(_ file: FileID, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (record, versions) = (try record(file), try versions(file))
    #expect(versions.map(\.isDeleteMarker) == [true, false], sourceLocation: sourceLocation)
    #expect(versions.last?.version.description == record.versionID, sourceLocation: sourceLocation)
    #expect(try !processedKeys().contains { $0.contains("\(file)") }, sourceLocation: sourceLocation)
  }

  /// Expects the file to be ready, with its pinned version as the only and current one, and all its variants in the
  /// bucket.
  func expectWhole(_ file: FileID, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (record, versions) = (try record(file), try versions(file))
    #expect(record.state == .ready && record.deletedAt == nil, sourceLocation: sourceLocation)
    #expect(versions.map(\.version.description) == [record.versionID], sourceLocation: sourceLocation)
    let keys = try processedKeys().filter { $0.contains("\(file)") }
    #expect(
      keys.sorted() == record.variants.map(\.objectKey).sorted() && keys.count == 3,
      sourceLocation: sourceLocation
    )
  }

  func processedKeys() throws -> [String] {
    try store.memory.list(Self.buckets.processed, prefix: "", after: nil, limit: 1000).items.map(\.key)
  }

  func jobs() throws -> JobStatistics { try database.jobStatistics(at: .now + 1_000_000) }

  /// Expects no job, a quota that equals the sum of the files, and these values in the user's columns.
  func expectSettled(
    used: Int,
    reserved: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let jobs = try jobs()
    #expect(jobs.queued + jobs.leased + jobs.failed == 0, sourceLocation: sourceLocation)
    try expectQuota(used: used, reserved: reserved, sourceLocation: sourceLocation)
  }

  func expectQuota(used: Int, reserved: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let record = try #require(try database.user(user))
    #expect(record.usedBytes == used && record.reservedBytes == reserved, sourceLocation: sourceLocation)
    #expect(try database.recountQuotas().isEmpty, sourceLocation: sourceLocation)
  }
}

/// Returns a rule that runs `body` once, at call `number`; calls inside `body` are not counted.
func pausing(at number: Int, _ body: @escaping @Sendable () throws -> Void) -> FaultyStore.Rule {
  let isDone = Atomic(false)
  return { _, at in
    guard at == number, !isDone.exchange(true, ordering: .relaxed) else { return nil }
    try body()
    return nil
  }
}

extension ProcessingOutcome {
  /// The error text of a postponed or failed outcome.
  var detail: String? {
    switch self {
    case .postponed(let detail), .failed(let detail): detail
    default: nil
    }
  }
  var isPostponed: Bool { if case .postponed = self { true } else { false } }
  var isFailed: Bool { if case .failed = self { true } else { false } }
}
