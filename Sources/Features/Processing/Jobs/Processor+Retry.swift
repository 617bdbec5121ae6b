import Core
import Database
import Foundation

extension Processor {
  /// How often a file may break the scanner or the decoder.
  static let maximumFailures = 3
  /// How long an unreachable part is left alone, and a file after it first broke its judges, in seconds.
  static let retrySeconds: TimeInterval = 5
  /// How long a rendering that failed is not tried again, in seconds.
  static let failedRenderingSeconds: TimeInterval = 60
  /// How long a file is left alone whose scan was first cut off, in seconds: as long as the scan took.
  static let slowScanSeconds: TimeInterval = 60
  /// The most that this grows to, in seconds.
  static let maximumSlowScanSeconds: TimeInterval = 3600

  /// Gives back a job that cannot go on, due again at its time.
  ///
  /// What is cheap to try is tried again soon. What was dear is tried less and less often, and after what is cheaper.
  func settle(_ job: LeasedJob, after error: JobError) throws(StorageError) -> ProcessingOutcome {
    switch error {
    case .outOfReach(let detail):
      let retryAt = Date.now + Self.retrySeconds
      _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: false, error: detail)
      return .postponed(detail: detail)
    case .tooSlow(let detail):
      let retryAt = Date.now + Self.slowScanSeconds(attempts: job.attempts)
      _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: false, isDear: true, error: detail)
      return .postponed(detail: detail)
    case .broken(let detail) where job.kind == .render:
      try settleFailedRendering(job, detail, isFinal: job.failures + 1 >= Self.maximumFailures)
      return .failed(detail: detail)
    case .exhausted(let detail) where job.kind == .render, .sealed(let detail) where job.kind == .render:
      try settleFailedRendering(job, detail, isFinal: true)
      return .failed(detail: detail)
    case .broken(let detail), .exhausted(let detail), .sealed(let detail):
      let retryAt = Date.now + Self.retrySeconds * Double(1 << min(job.failures, Self.maximumFailures))
      _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: true, isDear: true, error: detail)
      return .failed(detail: detail)
    }
  }

  /// Doubles with each attempt.
  static func slowScanSeconds(attempts: Int) -> TimeInterval {
    min(slowScanSeconds * Double(1 << min(max(attempts - 1, 0), 16)), maximumSlowScanSeconds)
  }

  /// Tried again after a while, and after the last failure only when somebody asks for it.
  private func settleFailedRendering(_ job: LeasedJob, _ detail: String, isFinal: Bool) throws(StorageError) {
    guard !isFinal else {
      _ = try dependencies.database.fail(job, error: detail, at: .now)
      return
    }
    let retryAt = Date.now + Self.failedRenderingSeconds
    _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: true, error: detail)
  }
}
