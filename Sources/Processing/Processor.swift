public import Core
public import Database
public import Decoding
public import Foundation
public import Scanning
public import Storage

/// What a processor works with.
public struct ProcessingParts: Sendable {
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
  let parts: ProcessingParts

  /// How often a file may break the scanner or the decoder.
  static let maximumFailures = 3
  /// How long an unreachable part is left alone, in seconds.
  static let retrySeconds: TimeInterval = 5
  /// How long a rendering that failed is not tried again, in seconds.
  static let failedRenderingSeconds: TimeInterval = 60

  /// A processor with these parts.
  public init(_ parts: ProcessingParts) { self.parts = parts }

  /// Takes the oldest due job and works on it under its lease; nil where none is due.
  ///
  /// What is withdrawn comes before uploads, and those before what is only rendered again.
  public func next(at now: Date) throws(StorageError) -> (job: LeasedJob, outcome: ProcessingOutcome)? {
    for kind in [JobKind.purge, .process, .render] {
      guard let job = try parts.database.leaseJob(kind, seconds: leaseSeconds, at: now) else { continue }
      return (job, try processUnderLease(job))
    }
    return nil
  }

  /// Works on the job of `file` if it can be taken now; nil where it cannot.
  func now(_ kind: JobKind, of file: FileID) throws(StorageError) -> ProcessingOutcome? {
    guard let job = try parts.database.leaseJob(kind, of: file, seconds: leaseSeconds, at: .now) else { return nil }
    return try processUnderLease(job)
  }

  private var leaseSeconds: Double { Double(parts.worker.leaseSeconds) }

  private func processUnderLease(_ job: LeasedJob) throws(StorageError) -> ProcessingOutcome {
    let lease = Lease(job, seconds: parts.worker.leaseSeconds, database: parts.database)
    return try withExtendedLifetime(lease) { () throws(StorageError) in try process(job) }
  }

  /// Works on `job`, and settles it: done, or due again later.
  func process(_ job: LeasedJob) throws(StorageError) -> ProcessingOutcome {
    let outcome: ProcessingOutcome
    do throws(Interruption) {
      outcome = try work(on: job)
    } catch {
      switch error {
      case .outOfReach(let detail): outcome = .postponed(detail: detail)
      case .broken(let detail): outcome = .failed(detail: detail)
      }
    }
    let retryAt = Date.now + Self.retrySeconds
    switch outcome {
    case .ready, .rendered, .rejected, .discarded, .idle: _ = try parts.database.finish(job, at: .now)
    case .purged: try settlePurge(job)
    case .postponed(let detail):
      _ = try parts.database.release(job, retryAt: retryAt, countsAsFailure: false, error: detail)
    case .failed(let detail) where job.kind == .render:
      try settleFailedRendering(job, detail)
    case .failed(let detail):
      _ = try parts.database.release(job, retryAt: retryAt, countsAsFailure: true, error: detail)
    case .superseded:
      // What was published in vain may lie around: whoever comes next looks once more.
      _ = try parts.database.enqueue(for: [job.file], at: .now)
      _ = try parts.database.finish(job, at: .now)
    }
    return outcome
  }

  /// Tried again after a while, and after three failures only when somebody asks for it.
  private func settleFailedRendering(_ job: LeasedJob, _ detail: String) throws(StorageError) {
    guard job.failures + 1 < Self.maximumFailures else {
      _ = try parts.database.park(job, error: detail, at: .now)
      return
    }
    let retryAt = Date.now + Self.failedRenderingSeconds
    _ = try parts.database.release(job, retryAt: retryAt, countsAsFailure: true, error: detail)
  }

  private func work(on job: LeasedJob) throws(Interruption) -> ProcessingOutcome {
    guard let file = try Interruption.ifOutOfReach({ () throws(StorageError) in try parts.database.file(job.file) })
    else { return .idle }
    switch job.kind {
    case .process: return try process(file, job)
    case .render: return try render(file, job)
    case .purge: return try purge(file, job)
    }
  }

  private func process(_ file: FileRecord, _ job: LeasedJob) throws(Interruption) -> ProcessingOutcome {
    guard file.state != .pending, file.state != .received else { return try judge(file, job) }
    // First, so that nothing is completed behind what follows.
    try endMultipart(of: file)
    if file.state == .ready { return try discard(file, keeping: .judged(file.versionID.map { VersionID($0) })) }
    if file.isRestorable { return try hide(file) }
    return file.state == .deleted || file.state == .purging
      ? try purgeBytes(of: file) : try discard(file, keeping: .nothing)
  }
}

/// Why a job cannot go on for now.
enum Interruption: Error {
  /// A part does not answer.
  case outOfReach(detail: String)
  /// The file broke what judges it.
  case broken(detail: String)

  /// Runs `body`; whatever it throws means that something is out of reach.
  static func ifOutOfReach<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Interruption) -> Value {
    do {
      return try body()
    } catch {
      throw .outOfReach(detail: "\(error)")
    }
  }
}
