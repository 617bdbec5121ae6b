public import Core

/// What became of a job.
public enum ProcessingOutcome: Hashable, Sendable {
  /// The file is servable.
  case ready
  /// The variants of a ready file were made as the configuration wants them now.
  case rendered
  /// The file is refused, and its object gone.
  case rejected(RejectionReason)
  /// The file's images are out of every cache, for this round; how many addresses.
  case purged(addresses: Int)
  /// Versions that had no business under the file's key are gone; how many.
  case discarded(versions: Int)
  /// There was nothing to do.
  case idle
  /// Something was out of reach; the job is tried again without limit. An administrator should look.
  case postponed(detail: String)
  /// The file broke what judges it; the job is tried again, three times at most.
  case failed(detail: String)
  /// Another holds the lease, or the file moved on meanwhile; nothing was changed, and the file is looked at again.
  case superseded

  /// One word for logs and metrics.
  public var name: String {
    switch self {
    case .ready: "ready"
    case .rendered: "rendered"
    case .rejected: "rejected"
    case .purged: "purged"
    case .discarded: "discarded"
    case .idle: "idle"
    case .postponed: "postponed"
    case .failed: "failed"
    case .superseded: "superseded"
    }
  }
}
