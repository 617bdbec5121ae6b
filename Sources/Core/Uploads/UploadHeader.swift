/// The header fields that a presigned PUT can require from its client.
public enum UploadHeader: String, Sendable, CaseIterable {
  /// The claimed media type.
  case contentType = "content-type"
  /// `*`: the upload fails if the key already has an object.
  case ifNoneMatch = "if-none-match"
  /// `private`: the object cannot be read without a signature.
  case acl = "x-amz-acl"
  /// The claimed SHA-256, if the store verifies it.
  case checksum = "x-amz-checksum-sha256"
  /// An invalid value that makes the store refuse a copy in place of a part.
  case copyRange = "x-amz-copy-source-range"
  /// The percent-encoded name that the owner gave to the file.
  case filename = "x-amz-meta-original-filename"
  /// The time at which the URL was signed.
  case uploadedAt = "x-amz-meta-uploaded-at"
  /// The owner of the file, in the written form, as in the key.
  case uploader = "x-amz-meta-uploader-id"
  /// An invalid value that makes the store refuse a copy in place of an object.
  case metadataDirective = "x-amz-metadata-directive"
}

extension UploadPolicy {
  /// The header fields that the signature of a single PUT fixes, so that the sender cannot set other values.
  public var objectGuards: [(header: UploadHeader, value: String)] {
    (signsACL ? [(.acl, "private")] : []) + (guardsCopies ? [(.metadataDirective, "none")] : []) + partGuards
  }

  /// The header fields that the signature of a part's PUT fixes; an access control list applies to whole objects only.
  ///
  /// A sender who adds `x-amz-copy-source` to a PUT turns the PUT into a copy with the permissions of the signer. The
  /// value `none` of `x-amz-copy-source-range` (and of `x-amz-metadata-directive` in `objectGuards`) is invalid for a
  /// copy, so the store refuses the copy. The store ignores both fields in an ordinary PUT.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html (x-amz-metadata-directive),
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html (x-amz-copy-source-range)
  public var partGuards: [(header: UploadHeader, value: String)] {
    guardsCopies ? [(.copyRange, "none")] : []
  }

  /// The header fields that uploads under this policy can require.
  public var headers: [UploadHeader] {
    let guards = [UploadHeader.acl, .copyRange, .metadataDirective]
    return UploadHeader.allCases.filter { header in
      guards.contains(header)
        ? objectGuards.contains { $0.header == header } : header != .checksum || signsChecksums
    }
  }
}
