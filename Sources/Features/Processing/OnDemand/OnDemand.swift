public import Core
public import Database
public import Foundation
import Synchronization

/// Processes a file while a request waits for the result.
///
/// It uses the same lease as a worker, so concurrent requests in any number of processes cause one processing.
public struct OnDemand: Sendable {
  /// Called with the result and the start time of each job that this object processed.
  public typealias Report = @Sendable (JobKind, FileID, ProcessingOutcome, _ start: Date) -> Void

  private let processor: Processor
  private let limiter: ConcurrencyLimiter
  private let decoder: DecoderLimits
  private let patience: TimeInterval
  private let report: Report

  /// The maximum time that a request waits, in seconds.
  ///
  /// It is below the time that nginx waits for a response (40 s).
  static let totalPatience: TimeInterval = 25
  /// The interval between two checks of a job that another process works on, in microseconds.
  private static let lookMicroseconds: UInt32 = 20_000

  /// Processes files with `dependencies` within `limits`; `decoder` limits the pixels of an image of unknown size.
  ///
  /// A request waits at most `patience` seconds for a job that another process works on.
  public init(
    _ dependencies: ProcessorDependencies,
    limits: OnDemandSettings,
    decoder: DecoderLimits,
    patience: TimeInterval = 10,
    report: @escaping Report = { _, _, _, _ in }
  ) {
    processor = Processor(dependencies)
    limiter = ConcurrencyLimiter(limits)
    self.decoder = decoder
    self.patience = patience
    self.report = report
  }

  /// Waits until `isDone` returns true or the job has nothing to do; processes the job unless another process does.
  ///
  /// `arrival` is the time of the request. Throws `processing` if the result or a permit takes too long, or if the job
  /// failed recently and is not due yet; a job in progress continues. Returns the outcome of the job if it was
  /// processed here, otherwise nil.
  @discardableResult
  public func settle(
    _ kind: JobKind,
    of file: FileID,
    since arrival: Date = .now,
    isDone: @escaping @Sendable () throws(StorageError) -> Bool
  ) throws(StorageError) -> ProcessingOutcome? {
    let start = Date.now
    let end = arrival + Self.totalPatience
    while try !isDone() {
      let job = try processor.dependencies.database.job(kind, of: file)
      if let job, job.isHeld(at: .now) {
        guard Date.now < min(start + patience, end) else { throw .processing(retryAfter: 2) }
        usleep(Self.lookMicroseconds)
        continue
      }
      try refuseIfFailing(job)
      guard let record = try processor.dependencies.database.file(file) else { throw .notFound }
      let permit = try limiter.permit(for: record.user, pixels: pixels(of: record), by: end)
      switch try work(kind, file, at: permit, by: end, isDone) {
      case .postponed, .failed: try refuseIfFailing(processor.dependencies.database.job(kind, of: file))
      case nil, .superseded:
        guard Date.now < min(start + patience, end) else { throw .processing(retryAfter: 2) }
      case let outcome: return outcome
      }
    }
    return nil
  }

  /// Processes the job on a new thread, which keeps `permit` until the end, and waits for the thread until `end`.
  private func work(
    _ kind: JobKind,
    _ file: FileID,
    at permit: ConcurrencyLimiter.Permit,
    by end: Date,
    _ isDone: @escaping @Sendable () throws(StorageError) -> Bool
  ) throws(StorageError) -> ProcessingOutcome? {
    let task = BackgroundTask()
    Thread.detachNewThread {
      task.run { () throws(StorageError) in
        defer { withExtendedLifetime(permit) {} }
        guard try !isDone() else { return .idle }
        let start = Date.now
        let outcome = try processor.runIfAvailable(kind, of: file)
        if let outcome { report(kind, file, outcome, start) }
        return outcome
      }
    }
    guard let result = task.result(by: end) else { throw .processing(retryAfter: 5) }
    return try result.get()
  }

  /// Throws if the job failed recently: the job's record stores the failure, which all processes see.
  private func refuseIfFailing(_ job: JobRecord?) throws(StorageError) {
    guard let job, let error = job.lastError else { return }
    if job.state == .failed { throw .unavailable(detail: "\(job.kind) of \(job.file) failed for good: \(error)") }
    let seconds = job.dueAt.timeIntervalSinceNow
    if job.state == .queued, seconds > 0 { throw .processing(retryAfter: Int(seconds.rounded(.up))) }
  }

  /// Returns the pixels of the image; an estimate until the image is decoded for the first time.
  func pixels(of file: FileRecord) -> Int {
    if let original = file.variants.first(where: { $0.name == .original }) { return original.width * original.height }
    return Self.unknownPixels(file.type?.imageType, bytes: Int(clamping: file.claimedSize), decoder)
  }

  /// Returns the pixels that an image of unknown size counts as: 50 million, but 4 for each byte of a JPEG or WebP if
  /// that is more, up to the decoder's limit.
  ///
  /// Photographs of phones have two to five pixels for each byte.
  static func unknownPixels(_ type: FileType?, bytes: Int, _ decoder: DecoderLimits) -> Int {
    let most = type.map { decoder.maximumPixels(of: $0) } ?? decoder.maximumPixels
    let byLength = type == .jpeg || type == .webp ? 4 * min(bytes, 1 << 40) : 0
    return min(most, max(50_000_000, byLength))
  }
}

/// A job on another thread, and its outcome.
private final class BackgroundTask: Sendable {
  typealias Outcome = Result<ProcessingOutcome?, StorageError>

  private let isDone = DispatchSemaphore(value: 0)
  private let outcome = Mutex<Outcome?>(nil)

  func run(_ body: () throws(StorageError) -> ProcessingOutcome?) {
    let found = Outcome(catching: body)
    outcome.withLock { $0 = found }
    isDone.signal()
  }

  /// Returns the outcome, or nil if the job is not finished by `end`.
  func result(by end: Date) -> Outcome? {
    _ = isDone.wait(timeout: .now() + max(0, end.timeIntervalSinceNow))
    return outcome.withLock { $0 }
  }
}
