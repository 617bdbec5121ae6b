public import Foundation

/// An object that a store says was written; a hint to look, never a fact.
public struct StorageEvent: Hashable, Sendable {
  /// The bucket.
  public let bucket: String
  /// The key, with the store's own encoding undone.
  public let key: String

  /// A hint about this object.
  public init(bucket: String, key: String) {
    self.bucket = bucket
    self.key = key
  }
}

/// Who sends events, and so in which form; the last component of `/events/{source}`.
public enum EventSource: String, Sendable, CaseIterable {
  /// The filer's webhook.
  case seaweedfs
  /// MinIO's webhook: S3 `Records`.
  case minio
  /// S3 `Records`, however they come.
  case s3

  /// The objects that were written, of all that `body` tells; empty where it tells of something else.
  ///
  /// Throws `MalformedEvent` where `body` is not JSON, or not of this source's form.
  public func events(in body: some DataProtocol) throws(MalformedEvent) -> [StorageEvent] {
    switch self {
    case .seaweedfs: try seaweedEvents(in: Data(body))
    case .minio, .s3: try recordEvents(in: Data(body))
    }
  }
}

/// A body that is not of its source's form; says what was expected.
public struct MalformedEvent: Error, Hashable {
  /// What was expected.
  public let expected: String
}
