public import Storage

/// A file of the disk with its place in the bucket.
public struct FileToSend: Sendable {
  /// The number by which the caller knows the file, such as that of the ledger's row.
  public var id: Int64
  /// The key of the object.
  public var key: String
  /// The metadata of the object by lowercase name; names and values have up to 2,048 bytes together.
  public var metadata: [String: String]
  /// The media type of the object; nil for the store's default.
  public var contentType: String?
  /// True if an earlier run may have sent the file already.
  public var isResumed: Bool
  /// The unfinished multipart upload of an earlier run; nil if there is none.
  public var partial: PartialUpload?
  /// The object of the same store with the file's bytes; nil if the bytes have to be sent.
  public var origin: CopyOrigin?
  /// Opens the file for reading and returns its descriptor, which the sender closes.
  public var open: @Sendable () throws(SendFailure) -> Int32

  /// Creates a file that no earlier run has met, unless told otherwise.
  public init(
    id: Int64,
    key: String,
    metadata: [String: String] = [:],
    contentType: String? = nil,
    isResumed: Bool = false,
    partial: PartialUpload? = nil,
    origin: CopyOrigin? = nil,
    open: @escaping @Sendable () throws(SendFailure) -> Int32
  ) {
    self.id = id
    self.key = key
    self.metadata = metadata
    self.contentType = contentType
    self.isResumed = isResumed
    self.partial = partial
    self.origin = origin
    self.open = open
  }
}

/// A part of an object that was sent in parts.
public struct SentPart: Hashable, Sendable {
  /// The position of the part, from 1.
  public var number: Int
  /// The length, in bytes.
  public var size: Int64
  /// The SHA-256 of the part as 32 bytes.
  public var sha256: [UInt8]
  /// The entity tag of the part.
  public var etag: ETag

  /// Creates a part.
  public init(number: Int, size: Int64, sha256: [UInt8], etag: ETag) {
    self.number = number
    self.size = size
    self.sha256 = sha256
    self.etag = etag
  }
}

/// A multipart upload that a run began and did not finish, as the ledger recorded it.
public struct PartialUpload: Hashable, Sendable {
  /// The store's identifier.
  public var upload: UploadID
  /// The length of every part except the last, in bytes.
  public var partSize: Int64
  /// The parts that the store has confirmed.
  public var parts: [SentPart]

  /// Creates a record of an upload.
  public init(upload: UploadID, partSize: Int64, parts: [SentPart]) {
    self.upload = upload
    self.partSize = partSize
    self.parts = parts
  }
}

/// A file that is in the bucket.
public struct SentObject: Hashable, Sendable {
  /// The version of the object; nil if the bucket keeps no versions.
  public var version: VersionID?
  /// The entity tag of the object.
  public var etag: ETag
  /// The SHA-256 of the whole file as 32 bytes.
  public var sha256: [UInt8]
  /// The facts of the file before its bytes were read; they were the same afterwards.
  public var stamp: FileStamp
  /// The parts; empty for an object of one PUT.
  public var parts: [SentPart]
  /// True if the key already had an object with these bytes.
  public var wasThere: Bool
  /// True if the store compared the bytes with their SHA-256, or the sender read them back.
  public var isProven = true
}

/// The record of multipart uploads, which lets a later run continue or abort them; any thread may call it.
public protocol MultipartJournal: Sendable {
  /// Records the start of an upload, before its first part.
  func began(_ upload: UploadID, partSize: Int64, of file: FileToSend) throws(SendFailure)
  /// Records a part that the store has confirmed.
  func stored(_ part: SentPart, of upload: UploadID, _ file: FileToSend) throws(SendFailure)
  /// Records that the upload is completed or aborted.
  func ended(_ upload: UploadID, of file: FileToSend) throws(SendFailure)
}
