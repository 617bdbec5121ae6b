/// The object, or the version of one, that a copy is made of.
public struct CopySource: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The bucket, which may be the copy's own.
  public var bucket: String
  /// The version; nil for the current object.
  public var version: VersionID?
  /// The tag that the source must have for the copy to be made; nil for any.
  public var ifMatch: ETag?

  /// The current object whatever its tag, unless a version or a tag is given.
  public init(_ key: String, in bucket: String, version: VersionID? = nil, ifMatch: ETag? = nil) {
    self.key = key
    self.bucket = bucket
    self.version = version
    self.ifMatch = ifMatch
  }
}
