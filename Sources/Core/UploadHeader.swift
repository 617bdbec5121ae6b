/// The header fields that a presigned PUT may ask its client to send, by their names.
public enum UploadHeader: String, Sendable, CaseIterable {
  /// The claimed type.
  case contentType = "content-type"
  /// `*`: the key must be new.
  case ifNoneMatch = "if-none-match"
  /// The claimed digest, where the store verifies it.
  case checksum = "x-amz-checksum-sha256"
  /// The name that the owner gave, percent-encoded.
  case filename = "x-amz-meta-original-filename"
  /// When it was presigned.
  case uploadedAt = "x-amz-meta-uploaded-at"
  /// The owner.
  case uploader = "x-amz-meta-uploader-id"
}
