import Core
import Database
public import Foundation

/// A file's record as the API shows it: sizes in bytes, times in RFC 3339, URLs absolute.
public struct FileDescription: Sendable, Encodable {
  /// One rendering of an image.
  public struct Variant: Sendable, Encodable {
    /// `thumb`, `medium`, `original`, or as configured.
    public let name: String
    /// Where to get it; it never shows other bytes.
    public let url: String
    /// The media type.
    public let contentType: String
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// In bytes.
    public let size: Int64
  }

  /// The identifier.
  public let id: String
  /// The owner's name for it.
  public let filename: String
  /// The media type.
  public let contentType: String
  /// As stored, or as claimed until it is; nil until then where the client claimed none.
  public let size: Int64?
  /// In hexadecimal, once it is known.
  public let sha256: String?
  /// Where it stands in its life.
  public let state: String
  /// Why it was refused.
  public let reason: String?
  /// True for a document that does something besides being read, such as running a script; nil for all others.
  public let activeContent: Bool?
  /// Who may look at its images.
  public let visibility: String
  /// When it was announced.
  public let createdAt: Date
  /// When it became servable.
  public let readyAt: Date?
  /// When a deleted file that was ready once may be gone for good: until then it can be restored.
  public let deletesAt: Date?
  /// What an image became; empty until it is ready.
  public let variants: [Variant]

  init(_ record: FileRecord, imagesURL: String) {
    id = record.id.description
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
