public import FoundationEssentials

/// An entity tag without quotes: for one key, equal tags mean equal bytes.
///
/// A tag has no other meaning; in particular it need not be a checksum.
public struct ETag: Hashable, Sendable, CustomStringConvertible {
  /// The tag without quotes.
  public let description: String

  /// Creates a tag from a header field, a document or a database column; surrounding quotes are removed.
  public init(_ text: String) {
    description =
      text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
  }

  /// The tag in quotes, as header fields require it.
  public var headerValue: String { "\"" + description + "\"" }
}

/// The store's identifier of one version of a key; `null` is the version from the time before versioning.
public struct VersionID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier as the store returned it.
  public let description: String

  /// Creates an identifier from the text that the store returned.
  public init(_ text: String) { description = text }
}

/// The attributes of an object.
public struct ObjectInfo: Hashable, Sendable {
  /// The length of the whole object in bytes, even if only a range was read.
  public var size: Int64
  /// The entity tag.
  public var etag: ETag
  /// The version of the object, or nil if the bucket keeps no versions.
  public var version: VersionID?
  /// The media type with which the object was stored, or the store's default.
  public var contentType: String?
  /// The `Cache-Control` value with which the object was stored.
  public var cacheControl: String?
  /// The time at which the object was stored, with a precision of one second.
  public var lastModified: Date
  /// The metadata by lowercase name.
  public var metadata: [String: String]
  /// The SHA-256 of the whole object as 32 bytes.
  ///
  /// Nil if the object was stored without a checksum, if the store does not return checksums, or if a range was read.
  public var sha256: [UInt8]?
  /// The checksum of the checksums of the parts, if the object was assembled from parts with checksums; nil otherwise.
  public var checksumOfParts: ChecksumOfParts?
  /// The number of tags of the object, or 0 if the store does not return it.
  public var tagCount: Int

  /// Creates a description of an object.
  public init(
    size: Int64,
    etag: ETag,
    version: VersionID?,
    contentType: String?,
    cacheControl: String?,
    lastModified: Date,
    metadata: [String: String],
    sha256: [UInt8]? = nil,
    checksumOfParts: ChecksumOfParts? = nil,
    tagCount: Int = 0
  ) {
    self.size = size
    self.etag = etag
    self.version = version
    self.contentType = contentType
    self.cacheControl = cacheControl
    self.lastModified = lastModified
    self.metadata = metadata
    self.sha256 = sha256
    self.checksumOfParts = checksumOfParts
    self.tagCount = tagCount
  }
}

/// The checksum of an object that was assembled from parts: the SHA-256 of the parts' SHA-256 digests.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html (COMPOSITE)
public struct ChecksumOfParts: Hashable, Sendable {
  /// The SHA-256 of the parts' digests in order, as 32 bytes.
  public var sha256: [UInt8]
  /// The number of parts.
  public var count: Int

  /// Creates a checksum.
  public init(sha256: [UInt8], count: Int) {
    self.sha256 = sha256
    self.count = count
  }
}

/// An entry in a listing of objects.
public struct ObjectSummary: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The length, in bytes.
  public var size: Int64
  /// The entity tag.
  public var etag: ETag
  /// The time at which the object was stored.
  public var lastModified: Date
  /// The storage class as the store names it; nil if the store does not list it.
  public var storageClass: String?

  /// Creates an entry.
  public init(key: String, size: Int64, etag: ETag, lastModified: Date, storageClass: String? = nil) {
    self.storageClass = storageClass
    self.key = key
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
  }
}

/// An entry in a listing of versions.
public struct VersionSummary: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The identifier of the version.
  public var version: VersionID
  /// True if this is the current version of the key.
  public var isLatest: Bool
  /// True if the version marks a deletion and has no bytes.
  public var isDeleteMarker: Bool
  /// The length in bytes; 0 for a delete marker.
  public var size: Int64
  /// The entity tag; nil for a delete marker, and if the store does not list it.
  public var etag: ETag?
  /// The time at which the version was created.
  public var lastModified: Date
  /// The storage class as the store names it; nil for a delete marker, and if the store does not list it.
  public var storageClass: String?

  /// Creates an entry.
  public init(
    key: String,
    version: VersionID,
    isLatest: Bool,
    isDeleteMarker: Bool,
    size: Int64,
    etag: ETag? = nil,
    lastModified: Date,
    storageClass: String? = nil
  ) {
    self.storageClass = storageClass
    self.key = key
    self.version = version
    self.isLatest = isLatest
    self.isDeleteMarker = isDeleteMarker
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
  }
}

/// A page of a listing.
public struct Page<Element: Hashable & Sendable>: Hashable, Sendable {
  /// The entries of the page, in order.
  public var items: [Element]
  /// The token to request the next page; nil on the last page.
  public var next: String?

  /// Creates a page.
  public init(items: [Element], next: String?) {
    self.items = items
    self.next = next
  }
}
