public import S3
public import Storage

/// The bucket that clients upload to, with the two ways to reach it.
public struct RawBucket: Sendable {
  /// The name of the bucket.
  public let name: String
  /// Creates, lists and completes multipart uploads.
  let store: any ObjectStore
  /// Signs the URLs that clients get; its access keys may be allowed to write and nothing else.
  let signer: S3Store

  /// The bucket `name` in `store`, with URLs signed by `signer`.
  public init(_ name: String, in store: any ObjectStore, signer: S3Store) {
    self.name = name
    self.store = store
    self.signer = signer
  }

  /// The bucket `name` in `store`, which also signs the URLs.
  public init(_ name: String, in store: S3Store) { self.init(name, in: store, signer: store) }
}
