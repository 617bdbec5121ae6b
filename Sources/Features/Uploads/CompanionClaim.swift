public import Core

/// What a client of Companion's routes says of a file: a name, perhaps a type, and whatever its application added.
///
/// Source: https://uppy.io/docs/companion/
public struct CompanionClaim: Hashable, Sendable {
  /// The claim, whose size is the most that the file may have.
  public let claim: UploadClaim
  /// The least that it may have, in bytes: its length, where the application added that.
  public let leastBytes: Int64

  /// The name of the member that tells the file's length, in bytes.
  public static let sizeMember = "stowageSize"
  /// The name of the member that tells who may look at its images.
  public static let visibilityMember = "stowageVisibility"

  /// What some of Uppy's versions write of a type that is not known.
  private static let nothing = ["undefined", "null"]

  /// Throws what `UploadClaim` does.
  ///
  /// `metadata` has what the application added: `name`, the file's own where `filename` is only a proposal for a key, and
  /// the two members above; everything else is left alone. What tells no type is judged by the name's extension.
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
