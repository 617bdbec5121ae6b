/// The value that represents the body in a signature, sent as `x-amz-content-sha256`.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
public enum PayloadHash {
  /// The value for a body that the signature does not cover, as in every presigned URL.
  public static let unsigned = "UNSIGNED-PAYLOAD"
  /// The hash of an empty body.
  public static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  /// Returns the hash of `body`: SHA-256 as 64 lowercase hexadecimal digits.
  public static func of(_ body: [UInt8]) -> String { SHA256.hexadecimal(of: body) }
}
