public import Core
public import Database
public import Decoding
public import Foundation
public import Scanning
public import Storage

/// What a processor works with.
public struct ProcessorDependencies: Sendable {
  var database: FileDatabase
  var store: any ObjectStore
  var buckets: BucketNames
  var scanner: any MalwareScanner
  var decoders: DecoderPool
  var variants: [VariantSpecification]
  var activeContent: ActiveContentPolicy
  var cacheNodes: [String]
  var cloudFront: CloudFrontSettings?
  var worker: WorkerSettings

  /// The parts, as `Assembly` makes them.
  public init(
    database: FileDatabase,
    store: any ObjectStore,
    buckets: BucketNames,
    scanner: any MalwareScanner,
    decoders: DecoderPool,
    variants: [VariantSpecification],
    activeContent: ActiveContentPolicy = .refuse,
    cacheNodes: [String] = [],
    cloudFront: CloudFrontSettings? = nil,
    worker: WorkerSettings
  ) {
    self.database = database
    self.store = store
    self.buckets = buckets
    self.scanner = scanner
    self.decoders = decoders
    self.variants = variants
    self.activeContent = activeContent
    self.cacheNodes = cacheNodes
    self.cloudFront = cloudFront
    self.worker = worker
  }
}

/// Judges one file and makes it servable, or refuses it.
///
/// Every step can be repeated.
public struct Processor: Sendable {
  let dependencies: ProcessorDependencies
  private let turns: Turns

  /// A processor with these parts.
  public init(_ dependencies: ProcessorDependencies) {
    self.dependencies = dependencies
    turns = Turns(share: dependencies.worker.share)
  }

  /// Takes a job that is due and works on it under its lease; nil where there is none, or only such of a user who has half
  /// of the worker's threads.
  ///
  /// Whose job that is, `FileDatabase.leaseJob` says.
  public func next(at now: Date) throws(StorageError) -> (job: LeasedJob, outcome: ProcessingOutcome)? {
    let claimed = try turns.claim { (full) throws(StorageError) in
      try dependencies.database.leaseJob(sparing: full, seconds: leaseSeconds, at: now)
    }
    guard let job = claimed else { return nil }
    defer { turns.end(job.user) }
    return (job, try processUnderLease(job))
  }

  /// Works on the job of `file` if it can be taken now; nil where it cannot.
  func runIfAvailable(_ kind: JobKind, of file: FileID) throws(StorageError) -> ProcessingOutcome? {
    guard let job = try dependencies.database.leaseJob(kind, of: file, seconds: leaseSeconds, at: .now) else {
      return nil
    }
    return try processUnderLease(job)
  }

  private var leaseSeconds: Double { Double(dependencies.worker.leaseSeconds) }

  private func processUnderLease(_ job: LeasedJob) throws(StorageError) -> ProcessingOutcome {
    let lease = Lease(job, seconds: dependencies.worker.leaseSeconds, database: dependencies.database)
    return try withExtendedLifetime(lease) { () throws(StorageError) in try process(job) }
  }

  /// Works on `job`, and settles it: done, or due again later.
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
      // What was published in vain may lie around: whoever comes next looks once more.
      _ = try dependencies.database.enqueue(for: [job.file], at: .now)
      _ = try dependencies.database.finish(job, at: .now)
    case .ready, .rendered, .rejected, .discarded, .idle, .postponed, .failed:
      _ = try dependencies.database.finish(job, at: .now)
    }
    return outcome
  }

  private func work(on job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    guard
      let file = try JobError.ifOutOfReach({ () throws(StorageError) in try dependencies.database.file(job.file) })
    else { return .idle }
    switch job.kind {
    case .process: return try process(file, job)
    case .render: return try render(file, job)
    case .purge: return try purge(file, job)
    }
  }

  private func process(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    guard file.state != .pending, file.state != .received else { return try judge(file, job) }
    // First, so that nothing is completed behind what follows.
    try endMultipart(of: file)
    if file.isRestorable { return try hide(file) }
    return file.state == .deleted || file.state == .purging
      ? try purgeBytes(of: file) : try discard(file, keeping: Kept(of: file))
  }
}

/// Why a job cannot go on for now.
enum JobError: Error {
  /// A part does not answer.
  case outOfReach(detail: String)
  /// The scanner took the file and had no verdict in time: it may be the file's fault, or the scanner's.
  case tooSlow(detail: String)
  /// The file broke what judges it.
  case broken(detail: String)
  /// The file used up what judging a file may cost, and would again.
  case exhausted(detail: String)
  /// The store has the object and does not hand it out.
  case sealed(detail: String)

  /// Runs `body`; whatever it throws means that something is out of reach, but for an object that the store keeps to itself.
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
