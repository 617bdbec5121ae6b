/// The header fields that a presigned PUT may ask its client to send, by their names.
public enum UploadHeader: String, Sendable, CaseIterable {
  /// The claimed type.
  case contentType = "content-type"
  /// `*`: the key must be new.
  case ifNoneMatch = "if-none-match"
  /// `private`: nobody reads the object without a signature.
  case acl = "x-amz-acl"
  /// The claimed digest, where the store verifies it.
  case checksum = "x-amz-checksum-sha256"
  /// Keeps a part from being made a copy.
  case copyRange = "x-amz-copy-source-range"
  /// The name that the owner gave, percent-encoded.
  case filename = "x-amz-meta-original-filename"
  /// When it was presigned.
  case uploadedAt = "x-amz-meta-uploaded-at"
  /// The owner.
  case uploader = "x-amz-meta-uploader-id"
  /// Keeps an object from being made a copy.
  case metadataDirective = "x-amz-metadata-directive"
}

extension UploadPolicy {
  /// What a presigned PUT signs of a whole object so that its sender can add nothing of the kind.
  public var objectGuards: [(header: UploadHeader, value: String)] {
    (signsACL ? [(.acl, "private")] : []) + (guardsCopies ? [(.metadataDirective, "none")] : []) + partGuards
  }

  /// What a presigned PUT of a part signs; a part has no access control list of its own.
  ///
  /// A sender who adds `x-amz-copy-source` to a PUT makes it a copy, for which the signer's rights count. Neither value is one
  /// that a copy may have, so a store refuses the copy; an ordinary PUT does not look at them.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html (x-amz-metadata-directive),
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html (x-amz-copy-source-range)
  public var partGuards: [(header: UploadHeader, value: String)] {
    guardsCopies ? [(.copyRange, "none")] : []
  }

  /// The header fields that its uploads may be sent with.
  public var headers: [UploadHeader] {
    let guards = [UploadHeader.acl, .copyRange, .metadataDirective]
    return UploadHeader.allCases.filter { header in
      guards.contains(header)
        ? objectGuards.contains { $0.header == header } : header != .checksum || signsChecksums
    }
  }
}
