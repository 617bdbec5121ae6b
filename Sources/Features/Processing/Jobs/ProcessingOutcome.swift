public import Core

/// The result of a job.
public enum ProcessingOutcome: Hashable, Sendable {
  /// The file passed all checks and is ready.
  case ready
  /// The variants of a ready file were rendered again for the current configuration.
  case rendered
  /// The file was rejected, and its object was deleted.
  case rejected(RejectionReason)
  /// The checks refused a migrated file; its bytes are kept and not served.
  case quarantined(RejectionReason)
  /// The file's images were removed from the caches in this round; the value is the number of URLs.
  case purged(addresses: Int)
  /// Superfluous versions under the file's key were deleted; the value is their number.
  case discarded(versions: Int)
  /// A lifecycle rule of the store deleted the file.
  case expired
  /// The job had nothing to do.
  case idle
  /// A dependency did not answer; the job is retried without limit.
  ///
  /// An administrator should check the dependency.
  case postponed(detail: String)
  /// The file caused a failure of the scanner or the decoder; the job is retried, up to three attempts in total.
  case failed(detail: String)
  /// Another worker holds the lease, or the file changed state in the meantime.
  ///
  /// The file's record was not changed, and a new job is queued.
  case superseded

  /// The name for logs and metrics.
  public var name: String {
    switch self {
    case .ready: "ready"
    case .rendered: "rendered"
    case .rejected: "rejected"
    case .quarantined: "quarantined"
    case .purged: "purged"
    case .discarded: "discarded"
    case .expired: "expired"
    case .idle: "idle"
    case .postponed: "postponed"
    case .failed: "failed"
    case .superseded: "superseded"
    }
  }
}
