/// The source of a copy: an object, or one version of it.
public struct CopySource: Hashable, Sendable {
  /// The key of the source.
  public var key: String
  /// The bucket of the source, which may be the same as the bucket of the copy.
  public var bucket: String
  /// The version of the source; nil for the current object.
  public var version: VersionID?
  /// The entity tag that the source must have; nil for any.
  public var ifMatch: ETag?

  /// Creates a reference to the current object with any entity tag, unless `version` or `ifMatch` is given.
  public init(_ key: String, in bucket: String, version: VersionID? = nil, ifMatch: ETag? = nil) {
    self.key = key
    self.bucket = bucket
    self.version = version
    self.ifMatch = ifMatch
  }
}
