public import Core

/// The description of a file that a client sends to the Companion routes before the upload.
///
/// Companion is the server of the upload widget Uppy. The description has a name, an optional type, and metadata that
/// the application added.
///
/// Source: https://uppy.io/docs/companion/
public struct CompanionClaim: Hashable, Sendable {
  /// The validated claim.
  ///
  /// `claim.size` is the maximum size of the file.
  public let claim: UploadClaim
  /// The minimum size of the file, in bytes: the exact size if the application sent `stowageSize`, otherwise 1.
  public let leastBytes: Int64

  /// The name of the metadata member with the file's size in bytes.
  public static let sizeMember = "stowageSize"
  /// The name of the metadata member with the visibility of the file's images.
  public static let visibilityMember = "stowageVisibility"

  /// The strings that some versions of Uppy send instead of an unknown type.
  private static let nothing = ["undefined", "null"]

  /// Validates the description; throws the same errors as `UploadClaim.init`.
  ///
  /// `metadata` comes from the application. Three members are read: `name` (preferred over `filename`, which can be a
  /// proposed key), `stowageSize` and `stowageVisibility`. Other members are ignored. If the type is missing or
  /// unknown, the extension of the name determines the type.
  public init(
    filename: String,
    type: String?,
    metadata: [String: String],
    policy: UploadPolicy
  ) throws(StorageError) {
    let name = metadata["name"] ?? filename
    let size = try metadata[Self.sizeMember].map { (text) throws(StorageError) in
      guard let size = Int64(text), size >= 1 else {
        throw .invalidRequest("\(Self.sizeMember): must be a whole number of bytes, at least 1")
      }
      return size
    }
    claim = try UploadClaim(
      filename: name,
      size: size ?? policy.maximumBytes,
      contentType: type.map { Self.nothing.contains($0) ? "" : $0 } ?? "",
      visibility: metadata[Self.visibilityMember],
      policy: policy
    )
    leastBytes = size ?? 1
  }
}
