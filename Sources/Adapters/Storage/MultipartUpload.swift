public import FoundationEssentials

/// The store's name for a multipart upload that was begun and is neither completed nor aborted.
public struct UploadID: Hashable, Sendable, CustomStringConvertible {
  /// The name as the store gave it.
  public let description: String

  /// The name as the store gave it.
  public init(_ text: String) { description = text }
}

/// A part as a completion names it.
public struct CompletedPart: Hashable, Sendable {
  /// Its place in the object, 1 to 10,000; gaps are allowed.
  public var number: Int
  /// The tag that the store gave it.
  public var etag: ETag
  /// The 32 bytes of its SHA-256, needed where the upload was begun with `hasPartChecksums`.
  public var sha256: [UInt8]?

  /// A part without a checksum unless one is given.
  public init(number: Int, etag: ETag, sha256: [UInt8]? = nil) {
    self.number = number
    self.etag = etag
    self.sha256 = sha256
  }
}

/// One line of a listing of parts.
public struct PartSummary: Hashable, Sendable {
  /// What a completion needs to know of it.
  public var part: CompletedPart
  /// The length; bytes.
  public var size: Int64
  /// When it was stored.
  public var lastModified: Date

  /// A line as a store returns it.
  public init(part: CompletedPart, size: Int64, lastModified: Date) {
    self.part = part
    self.size = size
    self.lastModified = lastModified
  }
}

/// One line of a listing of multipart uploads.
public struct UploadSummary: Hashable, Sendable {
  /// The key that it will be stored under.
  public var key: String
  /// Its name.
  public var upload: UploadID
  /// When it was begun.
  public var initiated: Date

  /// A line as a store returns it.
  public init(key: String, upload: UploadID, initiated: Date) {
    self.key = key
    self.upload = upload
    self.initiated = initiated
  }
}

/// The numbers that a part may have.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
public let partNumbers = 1...10_000

/// The length that every part but the last must have; bytes.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
public let minimumPartSize: Int64 = 5 << 20

/// Refuses a part's number outside 1 to 10,000.
public func checkPartNumber(_ number: Int) throws(StoreError) {
  guard partNumbers.contains(number) else {
    throw .invalidRequest(code: "InvalidPartNumber", message: "parts are numbered 1 to 10000, not \(number)")
  }
}

/// Refuses a completion without parts, or with parts that are not in ascending order, each once.
public func checkParts(_ parts: [CompletedPart]) throws(StoreError) {
  guard !parts.isEmpty else { throw .invalidRequest(code: "MalformedXML", message: "a completion names its parts") }
  for part in parts { try checkPartNumber(part.number) }
  guard zip(parts, parts.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
    throw .invalidRequest(code: "InvalidPartOrder", message: "parts are named in ascending order, each once")
  }
}
