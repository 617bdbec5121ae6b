/// The bytes of an object to be stored; each kind can be read again, so that a put can be repeated.
public enum ObjectBody: Sendable {
  /// Bytes in memory.
  case bytes([UInt8])
  /// The file at `path`, which must be `length` bytes long when it is opened.
  case file(path: String, length: Int64)
  /// The first `length` bytes of an open file, read with `pread`; the descriptor stays the caller's.
  case descriptor(Int32, length: Int64)
  /// `length` bytes that `read` writes: given an offset it fills the buffer's beginning and returns the count, at least 1.
  case reader(
    length: Int64,
    read: @Sendable (_ offset: Int64, _ buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
  )

  /// The number of bytes.
  public var length: Int64 {
    switch self {
    case .bytes(let bytes): Int64(bytes.count)
    case .file(_, let length), .descriptor(_, let length), .reader(let length, _): length
    }
  }
}

/// What goes with an object into the store.
public struct PutOptions: Hashable, Sendable {
  /// The media type the store will answer with; nil leaves the store's own default.
  public var contentType: String?
  /// The `Cache-Control` the store will answer with.
  public var cacheControl: String?
  /// Metadata by lowercase name; values are printable ASCII.
  public var metadata: [String: String]
  /// Whether the key must be free.
  public var ifNoneMatch: Bool
  /// The tag of the object that the key must hold; a store without such writes refuses it or, worse, does not look.
  public var ifMatch: ETag?
  /// The 32 bytes of the body's SHA-256, which the store shall check.
  public var sha256: [UInt8]?
  /// Whether the store is told that the object is its owner's alone; otherwise it is what the store makes of it.
  public var hasPrivateACL: Bool

  /// Nothing but what is given.
  public init(
    contentType: String? = nil,
    cacheControl: String? = nil,
    metadata: [String: String] = [:],
    ifNoneMatch: Bool = false,
    sha256: [UInt8]? = nil,
    ifMatch: ETag? = nil,
    hasPrivateACL: Bool = false
  ) {
    self.contentType = contentType
    self.cacheControl = cacheControl
    self.metadata = metadata
    self.ifNoneMatch = ifNoneMatch
    self.sha256 = sha256
    self.ifMatch = ifMatch
    self.hasPrivateACL = hasPrivateACL
  }
}

/// Refuses options that say something of bytes or of a key's state where neither is at hand yet: at the beginning of a
/// multipart upload, and in a copy.
public func checkDescribesOnly(_ options: PutOptions) throws(StoreError) {
  guard options.sha256 == nil, !options.ifNoneMatch, options.ifMatch == nil else {
    throw .invalidRequest(code: "InvalidArgument", message: "a checksum or a condition has no place here")
  }
}

/// What a put made.
public struct PutResult: Hashable, Sendable {
  /// The stored object's entity tag.
  public let etag: ETag
  /// The version made, where the bucket keeps versions.
  public let version: VersionID?

  /// A result as a store returns it.
  public init(etag: ETag, version: VersionID?) {
    self.etag = etag
    self.version = version
  }
}

/// A part of an object; offsets count from 0.
public enum ByteRange: Hashable, Sendable {
  /// From an offset to the end.
  case from(Int64)
  /// Both ends included; an end past the object's is cut.
  case closed(ClosedRange<Int64>)
  /// The last bytes, as many as given, or the whole of a shorter object.
  case suffix(Int64)

  /// The value of a `Range` header field.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-14.2
  public var headerValue: String {
    switch self {
    case .from(let start): "bytes=\(start)-"
    case .closed(let range): "bytes=\(range.lowerBound)-\(range.upperBound)"
    case .suffix(let length): "bytes=-\(length)"
    }
  }

  /// The offsets this means in an object of `size` bytes; nil where it holds none of them.
  public func resolved(size: Int64) -> Range<Int64>? {
    let range: Range<Int64> =
      switch self {
      case .from(let start): start..<max(start, size)
      case .closed(let range): range.lowerBound..<max(range.lowerBound, min(range.upperBound, size - 1) + 1)
      case .suffix(let length): max(0, size - max(0, length))..<size
      }
    return range.isEmpty || range.lowerBound < 0 ? nil : range
  }
}
