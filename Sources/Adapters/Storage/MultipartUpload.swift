public import FoundationEssentials

/// The store's identifier of a multipart upload that is neither completed nor aborted.
public struct UploadID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier as the store returned it.
  public let description: String

  /// Creates an identifier from the text that the store returned.
  public init(_ text: String) { description = text }
}

/// A part of a multipart upload, as the completion request lists it.
public struct CompletedPart: Hashable, Sendable {
  /// The position of the part in the object, 1 to 10,000; gaps are allowed.
  public var number: Int
  /// The entity tag that the store returned for the part.
  public var etag: ETag
  /// The SHA-256 of the part as 32 bytes; required if the upload was created with `hasPartChecksums`.
  public var sha256: [UInt8]?

  /// Creates a part, by default without a checksum.
  public init(number: Int, etag: ETag, sha256: [UInt8]? = nil) {
    self.number = number
    self.etag = etag
    self.sha256 = sha256
  }
}

/// An entry in a listing of parts.
public struct PartSummary: Hashable, Sendable {
  /// The facts about the part that a completion request needs.
  public var part: CompletedPart
  /// The length of the part, in bytes.
  public var size: Int64
  /// The time at which the part was stored.
  public var lastModified: Date

  /// Creates an entry.
  public init(part: CompletedPart, size: Int64, lastModified: Date) {
    self.part = part
    self.size = size
    self.lastModified = lastModified
  }
}

/// An entry in a listing of multipart uploads.
public struct UploadSummary: Hashable, Sendable {
  /// The key of the object that the upload will create.
  public var key: String
  /// The identifier of the upload.
  public var upload: UploadID
  /// The time at which the upload was created.
  public var initiated: Date
  /// The storage class of the future object; nil if the store does not list it.
  public var storageClass: String?

  /// Creates an entry.
  public init(key: String, upload: UploadID, initiated: Date, storageClass: String? = nil) {
    self.storageClass = storageClass
    self.key = key
    self.upload = upload
    self.initiated = initiated
  }
}

/// The permitted part numbers.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
public let partNumbers = 1...10_000

/// The minimum length of every part except the last, in bytes.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
public let minimumPartSize: Int64 = 5 << 20

/// Throws `invalidRequest` if the part number is outside 1 to 10,000.
public func checkPartNumber(_ number: Int) throws(StoreError) {
  guard partNumbers.contains(number) else {
    throw .invalidRequest(code: "InvalidPartNumber", message: "parts are numbered 1 to 10000, not \(number)")
  }
}

/// Throws `invalidRequest` if a completion has no parts, or has parts out of order or more than once.
public func checkParts(_ parts: [CompletedPart]) throws(StoreError) {
  guard !parts.isEmpty else { throw .invalidRequest(code: "MalformedXML", message: "a completion names its parts") }
  for part in parts { try checkPartNumber(part.number) }
  guard zip(parts, parts.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
    throw .invalidRequest(code: "InvalidPartOrder", message: "parts are named in ascending order, each once")
  }
}
