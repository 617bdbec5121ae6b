public import FoundationEssentials

/// An entity tag without its quotes; equal tags of one key mean equal bytes, and nothing more can be read from one.
public struct ETag: Hashable, Sendable, CustomStringConvertible {
  /// The tag without quotes.
  public let description: String

  /// The tag as it stands in a header field, a document or a database; quotes around it are dropped.
  public init(_ text: String) {
    description =
      text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
  }

  /// The tag in quotes, as header fields want it.
  public var headerValue: String { "\"" + description + "\"" }
}

/// The store's name for one version of a key; `null` is the one from before versions were kept.
public struct VersionID: Hashable, Sendable, CustomStringConvertible {
  /// The name as the store gave it.
  public let description: String

  /// The name as the store gave it.
  public init(_ text: String) { description = text }
}

/// What a store says of one object.
public struct ObjectInfo: Hashable, Sendable {
  /// The whole object's length, also where a range was read; bytes.
  public var size: Int64
  /// The entity tag.
  public var etag: ETag
  /// The version that this is, where the bucket keeps versions.
  public var version: VersionID?
  /// The media type it was stored with, or the store's default.
  public var contentType: String?
  /// The `Cache-Control` it was stored with.
  public var cacheControl: String?
  /// When it was stored, to the second.
  public var lastModified: Date
  /// Metadata by lowercase name.
  public var metadata: [String: String]
  /// The 32 bytes of the whole object's SHA-256, where it was stored with one, the store tells it, and no range was read.
  public var sha256: [UInt8]?
  /// How many tags it has, where the store tells.
  public var tagCount: Int

  /// A record as a store returns it.
  public init(
    size: Int64,
    etag: ETag,
    version: VersionID?,
    contentType: String?,
    cacheControl: String?,
    lastModified: Date,
    metadata: [String: String],
    sha256: [UInt8]? = nil,
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
    self.tagCount = tagCount
  }
}

/// One line of a listing of objects.
public struct ObjectSummary: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The length; bytes.
  public var size: Int64
  /// The entity tag.
  public var etag: ETag
  /// When it was stored.
  public var lastModified: Date

  /// A line as a store returns it.
  public init(key: String, size: Int64, etag: ETag, lastModified: Date) {
    self.key = key
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
  }
}

/// One line of a listing of versions.
public struct VersionSummary: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The version's name.
  public var version: VersionID
  /// Whether it is what the key shows now.
  public var isLatest: Bool
  /// Whether it stands for a deletion and has no bytes.
  public var isDeleteMarker: Bool
  /// The length, 0 for a delete marker; bytes.
  public var size: Int64
  /// When it was made.
  public var lastModified: Date

  /// A line as a store returns it.
  public init(key: String, version: VersionID, isLatest: Bool, isDeleteMarker: Bool, size: Int64, lastModified: Date) {
    self.key = key
    self.version = version
    self.isLatest = isLatest
    self.isDeleteMarker = isDeleteMarker
    self.size = size
    self.lastModified = lastModified
  }
}

/// A piece of a listing.
public struct Page<Element: Hashable & Sendable>: Hashable, Sendable {
  /// The lines, in order.
  public var items: [Element]
  /// What to ask for the following piece with; nil at the end.
  public var next: String?

  /// A piece as a store returns it.
  public init(items: [Element], next: String?) {
    self.items = items
    self.next = next
  }
}
