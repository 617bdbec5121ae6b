import Logging
import S3
import Synchronization

/// Logs calls that the store refuses, each kind of call in each bucket at most once in ten minutes.
final class MissingRights: Sendable {
  private struct Key: Hashable {
    let operation: S3Operation
    let bucket: String?
  }

  /// The time for which a kind of call is not logged again.
  static let silence = Duration.seconds(600)

  private let log: Logger
  private let clock: @Sendable () -> ContinuousClock.Instant
  /// At most one entry per operation and bucket, both of which are few.
  private let due = Mutex<[Key: ContinuousClock.Instant]>([:])

  init(_ log: Logger, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.log = log
    self.clock = clock
  }

  /// Logs `call`, unless the same operation in the same bucket was logged a short time ago.
  func tell(_ call: DeniedCall) {
    let key = Key(operation: call.operation, bucket: call.bucket)
    let now = clock()
    let isDue = due.withLock { due in
      if let next = due[key], now < next { return false }
      due[key] = now + Self.silence
      return true
    }
    guard isDue else { return }
    log.error(
      "the store refuses a call: a right may be missing",
      metadata: [
        "operation": .string(call.operation.name), "bucket": .string(call.bucket ?? "-"),
        "actions": .string(call.actions.joined(separator: ",")),
      ]
    )
  }
}
