/// What stands for the body in a signature: the `x-amz-content-sha256` of a request.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
public enum PayloadHash {
  /// The body is not part of the signature, as in every presigned URL.
  public static let unsigned = "UNSIGNED-PAYLOAD"
  /// The hash of an empty body.
  public static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  /// The hash of `body`: SHA-256 as 64 lowercase hexadecimal digits.
  public static func of(_ body: [UInt8]) -> String { SHA256.hexadecimal(of: body) }
}
