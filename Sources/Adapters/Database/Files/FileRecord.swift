public import Core
public import Foundation
internal import GRDB

/// What is kept of a file.
public struct FileRecord: Hashable, Sendable {
  /// The file.
  public let id: FileID
  /// The owner.
  public let user: UserID
  /// The name its owner knows it by.
  public let filename: String
  /// The claimed media type.
  public let contentType: String
  /// The claimed length, in bytes.
  public let claimedSize: Int64
  /// Whether that is only the most that it may have, since its client told no length and it is not measured yet.
  public let isSizeLimit: Bool
  /// The claimed digest, where the client gave one.
  public let claimedSHA256: SHA256Digest?
  /// Who may look at its images.
  public let visibility: Visibility
  /// Where it stands in its life.
  public let state: FileState
  /// Why it was refused, when it was.
  public let reason: RejectionReason?
  /// Its key in the raw bucket.
  public let rawKey: String
  /// The pinned version of the object; nil before it is ready, and on a store without versions.
  public let versionID: String?
  /// The true length in bytes, once it is ready.
  public let size: Int64?
  /// The true digest, once it is ready.
  public let sha256: SHA256Digest?
  /// Whether it is a document that does something besides being read; false until it is ready.
  public let hasActiveContent: Bool
  /// What it takes of its owner's quota now, in bytes.
  public let heldBytes: Int64
  /// When the upload was presigned.
  public let createdAt: Date
  /// When its upload URL ends.
  public let expiresAt: Date
  /// When its bytes were first seen.
  public let receivedAt: Date?
  /// When it was first ready.
  public let readyAt: Date?
  /// When its owner took it away.
  public let deletedAt: Date?
  /// Its multipart upload, as long as the store may have one.
  public let multipart: MultipartRecord?
  /// Its current variants, by name.
  public let variants: [Variant]

  /// The claimed type, where it is one that Stowage judges.
  public var type: FileType? { FileType(contentType: contentType) }
  /// Where a store without versions keeps what was judged, in the raw bucket.
  public var keptKey: String? { RawKey(rawKey)?.kept }
  /// Where what was judged lies in the raw bucket: the pinned version under its own key, or the kept copy.
  public var judgedKey: String? { versionID == nil ? keptKey : rawKey }

  init(_ row: Row, variants: [Variant]) throws {
    id = try row.value("id") { FileID($0) }
    user = try row.value("user_id") { UserID($0) }
    filename = try row.text("filename")
    contentType = try row.text("content_type")
    claimedSize = try row.integer("claimed_size")
    isSizeLimit = try row.integer("size_is_limit") == 1
    claimedSHA256 = try row.optionalValue("claimed_sha256") { SHA256Digest(hexadecimal: $0) }
    visibility = try row.value("visibility") { Visibility(rawValue: $0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    reason = try row.optionalValue("reason") { RejectionReason(rawValue: $0) }
    rawKey = try row.text("raw_key")
    versionID = try row.optionalText("version_id")
    size = try row.optionalInteger("size")
    sha256 = try row.optionalValue("sha256") { SHA256Digest(hexadecimal: $0) }
    hasActiveContent = try row.integer("active_content") == 1
    heldBytes = try row.integer("held_bytes")
    createdAt = try row.date("created_at")
    expiresAt = try row.date("expires_at")
    receivedAt = try row.optionalDate("received_at")
    readyAt = try row.optionalDate("ready_at")
    deletedAt = try row.optionalDate("deleted_at")
    multipart = try MultipartRecord(row)
    self.variants = variants
  }
}

/// One variant of a file, as it stands in the processed bucket.
public struct Variant: Hashable, Sendable {
  /// Its name.
  public let name: VariantName
  /// Its content.
  public let version: VariantVersion
  /// Its key in the processed bucket.
  public let key: String
  /// The type of its bytes.
  public let type: FileType
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// Its length, in bytes.
  public let size: Int64

  /// A variant that stands at `key`.
  public init(key: ProcessedKey, width: Int, height: Int, size: Int64) {
    name = key.name
    version = key.version
    self.key = key.description
    type = key.type
    self.width = width
    self.height = height
    self.size = size
  }

  init(_ row: Row) throws {
    name = try row.value("name") { VariantName($0) }
    version = try row.value("v") { VariantVersion($0) }
    key = try row.text("key")
    type = try row.value("content_type") { FileType(contentType: $0) }
    width = try Int(row.integer("width"))
    height = try Int(row.integer("height"))
    size = try row.integer("size")
  }
}
