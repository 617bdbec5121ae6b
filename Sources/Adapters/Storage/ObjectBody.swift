/// The bytes of an object to store; every case can be read again, so that a put can be retried.
public enum ObjectBody: Sendable {
  /// The bytes in memory.
  case bytes([UInt8])
  /// The file at `path`, which must have `length` bytes when the store opens it.
  case file(path: String, length: Int64)
  /// The first `length` bytes of an open file, read with `pread`; the caller closes the descriptor.
  case descriptor(Int32, length: Int64)
  /// The `length` bytes that `read` supplies.
  ///
  /// `read` writes the bytes from `offset` on to the start of `buffer` and returns their count, at least 1.
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

/// The attributes and conditions of an object to store.
public struct PutOptions: Hashable, Sendable {
  /// The media type that the store returns with the object; nil for the store's default.
  public var contentType: String?
  /// The `Cache-Control` value that the store returns with the object.
  public var cacheControl: String?
  /// The metadata by lowercase name; values are printable ASCII.
  public var metadata: [String: String]
  /// True if the put must fail when the key already has an object.
  public var ifNoneMatch: Bool
  /// The entity tag that the current object must have; nil for no condition.
  ///
  /// A store without conditional writes refuses the put or, worse, ignores the condition.
  public var ifMatch: ETag?
  /// The SHA-256 of the body as 32 bytes, for the store to verify; nil for no verification.
  public var sha256: [UInt8]?
  /// True if the store is asked to verify and keep `sha256`; otherwise only the signature of the request covers it.
  ///
  /// Some stores refuse every request with a checksum.
  public var storesChecksum: Bool
  /// True if the put sends the ACL `private`; otherwise the store's default applies.
  public var hasPrivateACL: Bool

  /// Creates options with the given values; each default leaves an attribute or condition out.
  public init(
    contentType: String? = nil,
    cacheControl: String? = nil,
    metadata: [String: String] = [:],
    ifNoneMatch: Bool = false,
    sha256: [UInt8]? = nil,
    storesChecksum: Bool = true,
    ifMatch: ETag? = nil,
    hasPrivateACL: Bool = false
  ) {
    self.contentType = contentType
    self.cacheControl = cacheControl
    self.metadata = metadata
    self.ifNoneMatch = ifNoneMatch
    self.sha256 = sha256
    self.storesChecksum = storesChecksum
    self.ifMatch = ifMatch
    self.hasPrivateACL = hasPrivateACL
  }
}

/// Throws `invalidRequest` if `options` contains a checksum or a condition.
///
/// The start of a multipart upload and a copy accept neither: they carry no body and check no existing object.
public func checkDescribesOnly(_ options: PutOptions) throws(StoreError) {
  guard options.sha256 == nil, !options.ifNoneMatch, options.ifMatch == nil else {
    throw .invalidRequest(code: "InvalidArgument", message: "this call accepts neither a checksum nor a condition")
  }
}

/// The result of a put.
public struct PutResult: Hashable, Sendable {
  /// The entity tag of the stored object.
  public let etag: ETag
  /// The version of the stored object, or nil if the bucket keeps no versions.
  public let version: VersionID?

  /// Creates a result.
  public init(etag: ETag, version: VersionID?) {
    self.etag = etag
    self.version = version
  }
}

/// A range of bytes of an object; offsets start at 0.
///
/// ```swift
/// ByteRange.suffix(100).resolved(size: 1000)  // 900..<1000
/// ByteRange.from(1000).resolved(size: 1000)  // nil
/// ```
public enum ByteRange: Hashable, Sendable {
  /// The bytes from an offset to the end.
  case from(Int64)
  /// The bytes between two offsets, both included; an end beyond the object is cut.
  case closed(ClosedRange<Int64>)
  /// The given number of bytes at the end, or the whole object if it is shorter.
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

  /// Returns the offsets of the range in an object of `size` bytes; nil if the object has no byte in the range.
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
