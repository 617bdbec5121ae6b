public import Storage

/// The reasons why a file did not arrive in the bucket.
public enum SendFailure: Error, Hashable, Sendable {
  /// The file is no longer on the disk.
  case vanished
  /// The file cannot be opened or read, or is not a regular file.
  case unreadable(detail: String)
  /// The file changed during each of three readings.
  case changed
  /// The key has an object with other bytes.
  case occupied
  /// The store refused the file; another attempt has the same result.
  case refused(StoreError)
  /// The store did not take the file in any round of attempts.
  case temporary(StoreError)
  /// The ledger could not record a step.
  case unrecorded(detail: String)
  /// The run was stopped before the file was sent.
  case stopped

  init(_ error: StoreError) { self = error.isTemporary ? .temporary(error) : .refused(error) }

  /// True if every file of the run meets the same failure: the keys, the bucket, the clock or the certificate is wrong.
  public var concernsEveryFile: Bool {
    switch self {
    case .refused(.noSuchBucket), .refused(.accessDenied), .refused(.clockSkew), .refused(.tls), .unrecorded: true
    default: false
    }
  }
}

extension SendFailure: CustomStringConvertible {
  /// The failure as text for reports and terminals.
  public var description: String {
    switch self {
    case .vanished: "the file is no longer there"
    case .unreadable(let detail): "the file cannot be read: \(detail)"
    case .changed: "the file changed while it was read, three times"
    case .occupied: "the key has an object with other bytes"
    case .refused(let error), .temporary(let error): error.description
    case .unrecorded(let detail): "the ledger cannot record a step: \(detail)"
    case .stopped: "the run was stopped before the file was sent"
    }
  }
}

extension StoreError {
  /// True if the same request may succeed later.
  var isTemporary: Bool {
    switch self {
    case .throttled, .unavailable, .timeout, .integrity, .unexpected: true
    default: false
    }
  }
}
