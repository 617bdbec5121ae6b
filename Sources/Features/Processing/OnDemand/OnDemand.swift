public import Core
public import Database
public import Foundation
import Synchronization

/// Does a file's work while somebody waits for it: under the same lease as a worker, so that it is done once however
/// many ask, in however many processes.
public struct OnDemand: Sendable {
  /// Is told what became of each job that was worked on here, and when it was taken.
  public typealias Report = @Sendable (JobKind, FileID, ProcessingOutcome, _ start: Date) -> Void

  private let processor: Processor
  private let limiter: ConcurrencyLimiter
  private let unknownPixels: Int
  private let patience: TimeInterval
  private let report: Report

  /// How long somebody may wait in all, in seconds: below what nginx waits for an answer (40 s).
  static let totalPatience: TimeInterval = 25
  /// How often another's work is looked at, in microseconds.
  private static let lookMicroseconds: UInt32 = 20_000

  /// Works with `dependencies`, within `limits`; an image whose size is not known counts as `unknownPixels`.
  ///
  /// `patience` is how long another's work is waited for, in seconds.
  public init(
    _ dependencies: ProcessorDependencies,
    limits: OnDemandSettings,
    unknownPixels: Int,
    patience: TimeInterval = 10,
    report: @escaping Report = { _, _, _, _ in }
  ) {
    processor = Processor(dependencies)
    limiter = ConcurrencyLimiter(limits)
    self.unknownPixels = unknownPixels
    self.patience = patience
    self.report = report
  }

  /// Returns when `isDone` says so, or when there is nothing to do; does the work itself where nobody else does.
  ///
  /// `arrival` is when somebody began to wait. Throws `processing` where the work, or another's, takes longer than can be
  /// waited for, where there is no permit to work, and where it failed a short while ago; what was begun goes on. Returns
  /// what became of the work that was done here, or nil.
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

  /// Works on a thread of its own, which keeps `permit` as long as it takes, and waits for it until `end`.
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

  /// A failure is remembered where everybody sees it: in the job, which is not due yet, or failed.
  private func refuseIfFailing(_ job: JobRecord?) throws(StorageError) {
    guard let job, let error = job.lastError else { return }
    if job.state == .failed { throw .unavailable(detail: "\(job.kind) of \(job.file) failed for good: \(error)") }
    let seconds = job.dueAt.timeIntervalSinceNow
    if job.state == .queued, seconds > 0 { throw .processing(retryAfter: Int(seconds.rounded(.up))) }
  }

  private func pixels(of file: FileRecord) -> Int {
    let original = file.variants.first { $0.name == .original }
    return original.map { $0.width * $0.height } ?? unknownPixels
  }
}

/// Work that another thread does, and what came of it.
private final class BackgroundTask: Sendable {
  typealias Outcome = Result<ProcessingOutcome?, StorageError>

  private let isDone = DispatchSemaphore(value: 0)
  private let outcome = Mutex<Outcome?>(nil)

  func run(_ body: () throws(StorageError) -> ProcessingOutcome?) {
    let found = Outcome(catching: body)
    outcome.withLock { $0 = found }
    isDone.signal()
  }

  /// Nil where there is none by `end`.
  func result(by end: Date) -> Outcome? {
    _ = isDone.wait(timeout: .now() + max(0, end.timeIntervalSinceNow))
    return outcome.withLock { $0 }
  }
}
