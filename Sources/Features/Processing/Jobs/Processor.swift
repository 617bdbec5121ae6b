public import Core
public import Database
public import Decoding
public import Foundation
public import Scanning
public import Storage

/// The services and settings that a processor uses.
public struct ProcessorDependencies: Sendable {
  var database: FileDatabase
  var store: any ObjectStore
  var buckets: BucketNames
  var scanner: any MalwareScanner
  var decoders: DecoderPool
  var variants: [VariantSpecification]
  /// The types that a migrated file is checked as; a file of any other type is kept as a plain one.
  var types: [FileType]
  var activeContent: ActiveContentPolicy
  var cacheNodes: [String]
  var cloudFront: CloudFrontAccess?
  var worker: WorkerSettings
  /// Receives events about tags, on any thread.
  public var tagReport: @Sendable (TagEvent) -> Void = { _ in }
  /// Receives the steps of the work on files, on any thread.
  public var eventReport: @Sendable (ProcessingEvent) -> Void = { _ in }
  /// The time, which tests set.
  var clock: @Sendable () -> Date

  /// Dependencies as `Assembly` creates them.
  public init(
    database: FileDatabase,
    store: any ObjectStore,
    buckets: BucketNames,
    scanner: any MalwareScanner,
    decoders: DecoderPool,
    variants: [VariantSpecification],
    types: [FileType] = FileType.defaults,
    activeContent: ActiveContentPolicy = .refuse,
    cacheNodes: [String] = [],
    cloudFront: CloudFrontAccess? = nil,
    worker: WorkerSettings,
    clock: @escaping @Sendable () -> Date = { .now }
  ) {
    self.database = database
    self.store = store
    self.buckets = buckets
    self.scanner = scanner
    self.decoders = decoders
    self.variants = variants
    self.types = types
    self.activeContent = activeContent
    self.cacheNodes = cacheNodes
    self.cloudFront = cloudFront
    self.worker = worker
    self.clock = clock
  }

  var now: Date { clock() }
}

/// Processes one file: checks the file and makes it ready, or rejects it, or quarantines a migrated file.
///
/// Every step can be repeated.
public struct Processor: Sendable {
  let dependencies: ProcessorDependencies
  private let turns: Turns

  /// A processor with these dependencies.
  public init(_ dependencies: ProcessorDependencies) {
    self.dependencies = dependencies
    turns = Turns(share: dependencies.worker.share)
  }

  /// Leases the next job that is due and processes it; nil if there is none.
  ///
  /// Skips jobs of a user whose uploads already occupy half of the worker's threads, and migrated files as `Turns`
  /// defines. `FileDatabase.leaseJob` defines the order of jobs. `begin` is called before the work on a leased job.
  public func next(
    at now: Date,
    begin: () -> Void = {}
  ) throws(StorageError) -> (job: LeasedJob, outcome: ProcessingOutcome)? {
    let claimed = try turns.claim { (full, sparesMigrated) throws(StorageError) in
      try dependencies.database.leaseJob(
        sparing: full,
        sparingMigrated: sparesMigrated,
        seconds: leaseSeconds,
        at: now
      )
    }
    guard let job = claimed else { return nil }
    let start = ContinuousClock.now
    defer { turns.end(job, after: .now - start) }
    begin()
    return (job, try processUnderLease(job))
  }

  /// Processes the job of `file` if the job can be leased now; nil otherwise.
  func runIfAvailable(_ kind: JobKind, of file: FileID) throws(StorageError) -> ProcessingOutcome? {
    guard let job = try dependencies.database.leaseJob(kind, of: file, seconds: leaseSeconds, at: dependencies.now)
    else {
      return nil
    }
    return try processUnderLease(job)
  }

  private var leaseSeconds: Double { Double(dependencies.worker.leaseSeconds) }

  private func processUnderLease(_ job: LeasedJob) throws(StorageError) -> ProcessingOutcome {
    let lease = Lease(job, seconds: dependencies.worker.leaseSeconds, database: dependencies.database)
    return try withExtendedLifetime(lease) { () throws(StorageError) in try process(job) }
  }

  /// Processes `job` and records the result: finished, or due again later.
  func process(_ job: LeasedJob) throws(StorageError) -> ProcessingOutcome {
    let outcome: ProcessingOutcome
    do throws(JobError) {
      outcome = try work(on: job)
    } catch {
      return try settle(job, after: error)
    }
    switch outcome {
    case .purged: try settlePurge(job)
    case .superseded:
      // An incomplete attempt can leave objects behind. The new job deletes them; those that a CDN may read, now. But while
      // the file is not judged, they can be those that another worker stored and is about to record.
      do throws(JobError) { try tidyPlaces(of: job.file, ifJudged: true) } catch {
        return try settle(job, after: error)
      }
      _ = try dependencies.database.enqueue(for: [job.file], at: dependencies.now)
      _ = try dependencies.database.finish(job, at: dependencies.now)
    case .ready, .rendered, .rejected, .quarantined, .discarded, .expired, .idle, .postponed, .failed:
      _ = try dependencies.database.finish(job, at: dependencies.now)
    }
    return outcome
  }

  private func work(on job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    guard
      let file = try JobError.ifOutOfReach({ () throws(StorageError) in try dependencies.database.file(job.file) })
    else { return .idle }
    // An earlier attempt can have been killed, or superseded, before it could take back what it stored.
    let follows = job.attempts > 1 || job.kind == .process && file.state == .ready
    if follows, job.kind != .purge { try tidyPlaces(of: job.file) }
    switch job.kind {
    case .process: return try process(file, job)
    case .render: return try render(file, job)
    case .purge: return try purge(file, job)
    }
  }

  private func process(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    if file.state == .ready, let outcome = try settleDeletion(of: file, at: dependencies.now) { return outcome }
    if file.isMigrated { return try processMigrated(file, job) }
    guard file.state != .pending, file.state != .received else { return try judge(file, job) }
    // Aborts multipart uploads first, so that no completion can create an object after the following deletions.
    try endMultipart(of: file)
    if file.isRestorable { return try hide(file) }
    if file.state == .deleted || file.state == .purging { return try purgeBytes(of: file) }
    // A restored file loses its tag while it still lies under a delete marker, where no rule about tags counts.
    if file.state == .ready { try tag(file.id) }
    return try discard(file, keeping: Kept(of: file))
  }
}

/// The reason why a job cannot continue at present.
enum JobError: Error {
  /// A dependency does not answer.
  case outOfReach(detail: String)
  /// The scanner or the decoder accepted the file but returned no result in time.
  ///
  /// The cause can be the file, the scanner or a busy machine.
  case tooSlow(detail: String)
  /// The file caused a failure of the scanner or the decoder.
  case broken(detail: String)
  /// The file exceeded this limit of the decoder; another attempt would exceed it again.
  case exhausted(ExceededLimit, detail: String)
  /// The store has the object but cannot return it, because it is encrypted with a key that the uploader kept.
  case sealed(detail: String)

  /// Runs `body` and converts its error: an object encrypted by its uploader to `sealed`, every other error to
  /// `outOfReach`.
  static func ifOutOfReach<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(JobError) -> Value {
    do {
      return try body()
    } catch {
      if case .sealed(let detail)? = error as? StoreError { throw .sealed(detail: detail) }
      throw .outOfReach(detail: "\(error)")
    }
  }
}
