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

  /// The limit that a rejected file exceeds, in numbers and in words.
  public struct ReasonDetail: Sendable, Encodable {
    /// The quantity that is limited, such as `pixels`.
    public let limit: String
    /// The value of the file.
    public let value: Int
    /// The largest permitted value.
    public let maximum: Int
    /// The width of the image, in pixels; nil if the limit has nothing to do with the size.
    public let width: Int?
    /// The height of the image, in pixels; nil if the limit has nothing to do with the size.
    public let height: Int?
    /// The explanation in English.
    public let text: String

    init(_ exceeded: ExceededLimit) {
      limit = exceeded.quantity.rawValue
      value = exceeded.value
      maximum = exceeded.limit
      width = exceeded.width > 0 ? exceeded.width : nil
      height = exceeded.height > 0 ? exceeded.height : nil
      text = exceeded.text
    }
  }

  /// The identifier of the file.
  public let id: String
  /// The owner; nil in responses to the owner.
  public let user: String?
  /// The owner's name for the file.
  public let filename: String
  /// The media type.
  public let contentType: String
  /// The group of the type: `image`, `document` or `plain`.
  public let kind: String
  /// The stored size, or the claimed size before the file is stored; nil if the client claimed none.
  public let size: Int64?
  /// The SHA-256 digest in hexadecimal; nil until it is known.
  public let sha256: String?
  /// The state of the file, such as `pending` or `ready`.
  public let state: String
  /// The reason of a rejection or quarantine; nil for other files.
  public let reason: String?
  /// The limit that the file exceeds; nil if its reason is no limit of the decoder.
  public let reasonDetail: ReasonDetail?
  /// True if the document has active content, such as a script; nil for all other files.
  public let activeContent: Bool?
  /// The visibility of the file's images.
  public let visibility: String
  /// The time of the claim.
  public let createdAt: Date
  /// The time at which the file became ready.
  public let readyAt: Date?
  /// The time from which a ready file is deleted by age; for a deleted file, the time from which it may be purged, until
  /// which it can be restored.
  ///
  /// Nil for a ready file that is not deleted by age, and for a deleted file that never was ready or quarantined.
  public let deletesAt: Date?
  /// The cause of a deletion by age, in the form of `Removal`; nil in responses to the owner, and for other files.
  public let removal: String?
  /// The renderings of an image; empty unless the file is ready.
  public let variants: [Variant]

  /// Describes the file; `showsOwner` adds the owner, for listings of several users' files.
  ///
  /// `retention` is the rule by which files are deleted by age.
  init(_ record: FileRecord, imagesURL: String, retention: RetentionRule, showsOwner: Bool = false) {
    id = record.id.description
    user = showsOwner ? record.user.description : nil
    filename = record.filename
    contentType = record.contentType
    kind = (record.type?.kind ?? .plain).rawValue
    size = record.size ?? (record.isSizeLimit ? nil : record.claimedSize)
    sha256 = record.sha256?.description
    state = record.state.rawValue
    reason = record.reason?.rawValue
    reasonDetail = record.exceeded.map { ReasonDetail($0) }
    activeContent = record.hasActiveContent ? true : nil
    visibility = record.visibility.rawValue
    createdAt = record.createdAt
    readyAt = record.readyAt
    deletesAt =
      switch record.state {
      case .ready: retention.deletion(of: record.retention)
      case .deleted where record.isRestorable: record.deletedAt.map(Retention.end)
      default: nil
      }
    removal = showsOwner ? record.removal?.description : nil
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
