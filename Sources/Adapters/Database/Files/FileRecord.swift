public import Core
public import Foundation

/// The database record of a file.
public struct FileRecord: Hashable, Sendable {
  /// The identifier of the file.
  public let id: FileID
  /// The owner of the file.
  public let user: UserID
  /// The name by which the owner knows the file.
  public let filename: String
  /// The claimed media type.
  public let contentType: String
  /// The claimed length, in bytes.
  public let claimedSize: Int64
  /// True if `claimedSize` is only a maximum: the client declared no length, and the file has not been measured yet.
  public let isSizeLimit: Bool
  /// The claimed digest, or nil if the client declared none.
  public let claimedSHA256: SHA256Digest?
  /// The group of users who may view the images of the file.
  public let visibility: Visibility
  /// The state of the file.
  public let state: FileState
  /// The reason of the rejection or quarantine; nil for other files.
  public let reason: RejectionReason?
  /// The limit of the decoder that the file exceeds; nil if its reason is no limit, and in older records.
  public let exceeded: ExceededLimit?
  /// The key of the file in the raw bucket: no more than a name, from which neither owner, file nor type follow.
  public let rawKey: String
  /// The pinned version of the object; nil before the file is ready, and on a store without versions.
  ///
  /// A migrated file has it as soon as it is received.
  public let versionID: String?
  /// The measured length in bytes; nil before the file is ready.
  public let size: Int64?
  /// The computed digest; nil before the file is ready.
  public let sha256: SHA256Digest?
  /// True if the file is a document with scripts, programs or external content; false until the file is ready.
  public let hasActiveContent: Bool
  /// The bytes of the owner's quota that the file currently reserves or uses.
  public let heldBytes: Int64
  /// The time at which the upload URL was signed.
  public let createdAt: Date
  /// The time at which the upload URL ends.
  public let expiresAt: Date
  /// The time at which the bytes were first seen in the bucket.
  public let receivedAt: Date?
  /// The time at which the file first became ready.
  public let readyAt: Date?
  /// The time at which the checks refused a migrated file; also set if the file was released later.
  public let quarantinedAt: Date?
  /// The time at which the owner deleted the file.
  public let deletedAt: Date?
  /// The identifier of the migration run that brought the file; nil for an upload.
  public let migration: String?
  /// The file that this changed file of a migration replaces.
  public let predecessor: FileID?
  /// The file because of which a migration deleted this one; also set after a restore.
  ///
  /// It is the file itself if its path vanished from the disk, and an earlier one if that was deleted by its owner.
  public let replacedBy: FileID?
  /// True if a migrated file is only handed out as an attachment, whatever its media type.
  public let isPlain: Bool
  /// True if a migrated file is accepted even if it is too large for the scanner.
  public let acceptsUnscanned: Bool
  /// The properties that decide about a deletion by age.
  public let retention: FileRetention
  /// True if the object has the tag of `RetentionRule`, or may have it.
  public let isTagged: Bool
  /// The deletion that was not the owner's or an administrator's; nil for any other file.
  public let removal: Removal?
  /// The multipart upload, as long as the store may have one.
  public let multipart: MultipartRecord?
  /// The current variants, ordered by name.
  public let variants: [Variant]

  /// True if a migration brought the file; no upload URL was ever signed for the key of such a file.
  public var isMigrated: Bool { migration != nil }
  /// The claimed type, or the type that the checks found; nil if Stowage knows no such type.
  ///
  /// A migrated file of an unknown type is a plain file without a type.
  public var type: UploadType? {
    if isPlain || isPlainUpload { return PlainType(contentType: contentType).map(UploadType.plain) }
    if let type = FileType(contentType: contentType) { return .checked(type) }
    return isMigrated ? PlainType(contentType: contentType).map(UploadType.plain) : nil
  }
  /// True if the upload was claimed as a plain one: its key has the extension of plain files.
  ///
  /// A plain file stays plain if a later version of Stowage checks its type.
  private var isPlainUpload: Bool {
    !isMigrated && rawKey == RawKey(user: user, file: id, type: nil as FileType?).description
  }
  /// The key of the copy of the validated bytes in the raw bucket, on a store without versions.
  public var keptKey: String {
    var type: FileType?
    if !isMigrated, case .checked(let checked)? = self.type { type = checked }
    return RawKey(user: user, file: id, type: type).kept
  }
  /// The key of the validated bytes in the raw bucket: the raw key if a version is pinned or the file is migrated,
  /// otherwise the kept copy.
  public var judgedKey: String { versionID == nil && !isMigrated ? keptKey : rawKey }
  /// True if the file is deleted and its bytes are kept for a restore.
  public var isRestorable: Bool { state == .deleted && (readyAt != nil || quarantinedAt != nil) }

  init(_ row: any Row, variants: [Variant]) throws {
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
    exceeded = try row.optionalValue("exceeded_limit") { ExceededLimit(word: $0) }
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
    quarantinedAt = try row.optionalDate("quarantined_at")
    deletedAt = try row.optionalDate("deleted_at")
    migration = try row.optionalText("migration")
    predecessor = try row.optionalValue("successor_of") { FileID($0) }
    replacedBy = try row.optionalValue("replaced_by") { FileID($0) }
    isPlain = try row.integer("is_plain") == 1
    acceptsUnscanned = try row.integer("accepts_unscanned") == 1
    retention = FileRetention(
      owner: FileRetention.Owner(
        plan: try row.value("plan") { Plan(rawValue: $0) },
        standardSince: try row.optionalDate("standard_since")
      ),
      arrival: receivedAt ?? createdAt,
      keepUntil: try row.optionalDate("keep_until")
    )
    isTagged = try row.integer("retention_tag") == 1
    removal = try row.optionalValue("removed_by") { Removal($0) }
    multipart = try MultipartRecord(row)
    self.variants = variants
  }
}

/// A variant of a file in the processed bucket.
public struct Variant: Hashable, Sendable {
  /// The name of the variant.
  public let name: VariantName
  /// The version of the variant's content.
  public let version: VariantVersion
  /// The address of the variant: its key in the processed bucket without the place, and its URL's path without the prefix.
  public let key: String
  /// The place of the object; nil if an earlier version stored it, under the address alone.
  public let place: RenderingPlace?
  /// The type of the variant's bytes.
  public let type: FileType
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// The length in bytes.
  public let size: Int64

  /// The key of the object in the processed bucket.
  public var objectKey: String { place?.key(of: key) ?? key }

  /// Creates the record of a variant with the address `key` that is stored at `place`.
  public init(key: ProcessedKey, at place: RenderingPlace? = nil, width: Int, height: Int, size: Int64) {
    name = key.name
    version = key.version
    self.key = key.description
    self.place = place
    type = key.type
    self.width = width
    self.height = height
    self.size = size
  }

  init(_ row: any Row) throws {
    name = try row.value("name") { VariantName($0) }
    version = try row.value("v") { VariantVersion($0) }
    key = try row.text("key")
    place = try row.optionalValue("place") { RenderingPlace(rawValue: $0) }
    type = try row.value("content_type") { FileType(contentType: $0) }
    width = try Int(row.integer("width"))
    height = try Int(row.integer("height"))
    size = try row.integer("size")
  }
}
