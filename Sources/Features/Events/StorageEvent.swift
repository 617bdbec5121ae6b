public import Foundation

/// A store's notice that an object was written, covered or deleted.
///
/// It is a hint: a worker checks the object before anything changes.
public struct StorageEvent: Hashable, Sendable {
  /// The change of an object.
  public enum Change: Hashable, Sendable {
    /// The object was written.
    case written
    /// A delete marker covers the object.
    case covered
    /// The object, or one of its versions, no longer exists.
    case deleted
  }

  /// The name of the object's bucket.
  public let bucket: String
  /// The key, after the store's encoding is removed.
  public let key: String
  /// The change.
  public let change: Change

  /// An event about one object.
  public init(bucket: String, key: String, _ change: Change = .written) {
    self.bucket = bucket
    self.key = key
    self.change = change
  }
}

/// The sender of events, which determines their format; the last component of `/events/{source}`.
public enum EventSource: String, Sendable, CaseIterable {
  /// The webhook of the SeaweedFS filer.
  case seaweedfs
  /// The webhook of MinIO: S3 `Records`.
  case minio
  /// S3 `Records` from any other sender.
  case s3

  /// Returns an event for each written, covered or deleted object in `body`; empty if `body` describes other changes.
  ///
  /// Throws `MalformedEvent` if `body` is not JSON or does not have this source's format.
  public func events(in body: some DataProtocol) throws(MalformedEvent) -> [StorageEvent] {
    switch self {
    case .seaweedfs: try seaweedEvents(in: Data(body))
    case .minio, .s3: try recordEvents(in: Data(body))
    }
  }
}

/// The error for a message that does not have its source's format.
public struct MalformedEvent: Error, Hashable {
  /// The expected format.
  public let expected: String
}
