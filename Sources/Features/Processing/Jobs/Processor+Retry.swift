import Core
import Database
import Foundation

extension Processor {
  /// The maximum number of failures in the scanner or decoder per file.
  static let maximumFailures = 3
  /// The delay before a retry, in seconds, if a dependency did not answer or a file failed for the first time.
  static let retrySeconds: TimeInterval = 5
  /// The delay before a failed rendering is retried, in seconds.
  static let failedRenderingSeconds: TimeInterval = 60
  /// The delay after the first check that timed out, in seconds: as long as the longest check takes.
  static let slowCheckSeconds: TimeInterval = 60
  /// The maximum delay after a check that timed out, in seconds.
  static let maximumSlowCheckSeconds: TimeInterval = 3600

  /// Releases a job that failed, with the time of its next attempt.
  ///
  /// Cheap jobs are retried soon. Expensive jobs are retried after growing delays and with lower priority than cheap
  /// jobs.
  func settle(_ job: LeasedJob, after error: JobError) throws(StorageError) -> ProcessingOutcome {
    switch error {
    case .outOfReach(let detail):
      let retryAt = dependencies.now + Self.retrySeconds
      _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: false, error: detail)
      return .postponed(detail: detail)
    case .tooSlow(let detail):
      let retryAt = dependencies.now + Self.slowCheckSeconds(attempts: job.attempts)
      _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: false, isDear: true, error: detail)
      return .postponed(detail: detail)
    case .broken(let detail) where job.kind == .render:
      try settleFailedRendering(job, detail, isFinal: job.failures + 1 >= Self.maximumFailures)
      return .failed(detail: detail)
    case .exhausted(_, let detail) where job.kind == .render, .sealed(let detail) where job.kind == .render:
      try settleFailedRendering(job, detail, isFinal: true)
      return .failed(detail: detail)
    case .broken(let detail), .exhausted(_, let detail), .sealed(let detail):
      let retryAt = dependencies.now + Self.retrySeconds * Double(1 << min(job.failures, Self.maximumFailures))
      _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: true, isDear: true, error: detail)
      return .failed(detail: detail)
    }
  }

  /// Returns the delay after a check that timed out; it doubles with each attempt.
  static func slowCheckSeconds(attempts: Int) -> TimeInterval {
    min(slowCheckSeconds * Double(1 << min(max(attempts - 1, 0), 16)), maximumSlowCheckSeconds)
  }

  /// Schedules another attempt after a delay; after the last failure the job waits until an image request or an
  /// administrator retries it.
  private func settleFailedRendering(_ job: LeasedJob, _ detail: String, isFinal: Bool) throws(StorageError) {
    guard !isFinal else {
      _ = try dependencies.database.fail(job, error: detail, at: dependencies.now)
      return
    }
    let retryAt = dependencies.now + Self.failedRenderingSeconds
    _ = try dependencies.database.release(job, retryAt: retryAt, countsAsFailure: true, error: detail)
  }
}
