import Core
import Database
public import Foundation

/// A file's record as the API shows it: sizes in bytes, times in RFC 3339, absolute URLs.
public struct FileDescription: Sendable, Encodable {
  /// One rendering of an image.
  public struct Variant: Sendable, Encodable {
    /// The name: `thumb`, `medium`, `original`, or another configured name.
    public let name: String
    /// The URL of the variant.
    ///
    /// The bytes behind this URL never change.
    public let url: String
    /// The media type.
    public let contentType: String
    /// The width, in pixels.
    public let width: Int
    /// The height, in pixels.
    public let height: Int
    /// The size, in bytes.
    public let size: Int64
  }

  /// The identifier of the file.
  public let id: String
  /// The owner; nil in responses to the owner.
  public let user: String?
  /// The owner's name for the file.
  public let filename: String
  /// The media type.
  public let contentType: String
  /// The stored size, or the claimed size before the file is stored; nil if the client claimed none.
  public let size: Int64?
  /// The SHA-256 digest in hexadecimal; nil until it is known.
  public let sha256: String?
  /// The state of the file, such as `pending` or `ready`.
  public let state: String
  /// The reason of a rejection; nil unless the file was rejected.
  public let reason: String?
  /// True if the document has active content, such as a script; nil for all other files.
  public let activeContent: Bool?
  /// The visibility of the file's images.
  public let visibility: String
  /// The time of the claim.
  public let createdAt: Date
  /// The time at which the file became ready.
  public let readyAt: Date?
  /// The time from which a deleted file may be purged; until then it can be restored.
  ///
  /// Nil unless the file is deleted and was ready before.
  public let deletesAt: Date?
  /// The renderings of an image; empty unless the file is ready.
  public let variants: [Variant]

  /// Describes the file; `showsOwner` adds the owner, for listings of several users' files.
  init(_ record: FileRecord, imagesURL: String, showsOwner: Bool = false) {
    id = record.id.description
    user = showsOwner ? record.user.description : nil
    filename = record.filename
    contentType = record.contentType
    size = record.size ?? (record.isSizeLimit ? nil : record.claimedSize)
    sha256 = record.sha256?.description
    state = record.state.rawValue
    reason = record.reason?.rawValue
    activeContent = record.hasActiveContent ? true : nil
    visibility = record.visibility.rawValue
    createdAt = record.createdAt
    readyAt = record.readyAt
    let isRestorable = record.state == .deleted && record.readyAt != nil
    deletesAt = isRestorable ? record.deletedAt.map(Retention.end) : nil
    variants =
      record.state != .ready
      ? []
      : record.variants.map { variant in
        Variant(
          name: variant.name.description,
          url: "\(imagesURL)/\(record.visibility.pathPrefix)/\(variant.key)",
          contentType: variant.type.contentType,
          width: variant.width,
          height: variant.height,
          size: variant.size
        )
      }
  }
}
