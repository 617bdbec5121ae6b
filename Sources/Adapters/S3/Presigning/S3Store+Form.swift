public import FoundationEssentials
internal import Signing
public import Storage

/// A presigned form: a client without credentials may POST it as `multipart/form-data` until it expires.
public struct PresignedForm: Sendable {
  /// The URL to POST to, at the public endpoint.
  public let url: String
  /// The fields in order; the client appends the file as the field `file`.
  public let fields: [(name: String, value: String)]
  /// The lifetime, in seconds: the requested one, or the rest of the session of the credentials if that is shorter.
  public let seconds: Int
}

extension S3Store {
  /// Returns a presigned form that uploads one object, whose size is in `sizes`, with exactly these fields, such as
  /// `content-type`.
  ///
  /// `seconds` is the lifetime, 1 to 604,800. It is cut as that of a presigned URL (`lifetime(of:at:)`). Until then the form can be sent again: the latest upload becomes the
  /// current object, and a bucket with versioning also keeps the earlier ones.
  ///
  /// ```swift
  /// let form = try store.presignPost(
  ///   "raw/a.png", in: "uploads", fields: [(name: "content-type", value: "image/png")],
  ///   sizes: 1...10_000_000, expires: 900, at: .now)
  /// // The client POSTs form.fields and then the file to form.url.
  /// ```
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
  public func presignPost(
    _ key: String,
    in bucket: String,
    fields: [(name: String, value: String)],
    sizes: ClosedRange<Int64>,
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedForm {
    try checkObjectKey(key)
    // S3 replaces `${filename}` in a key by the name of the uploaded file.
    guard !key.contains("${filename}") else {
      throw .invalidRequest(code: "InvalidKey", message: "a form's key must not hold ${filename}")
    }
    let (signer, seconds) = try presigning(for: seconds, at: now)
    let policy = PostPolicy(bucket: bucket, key: key, fields: fields, sizes: sizes)
    return PresignedForm(
      // The URL ends with a slash: SeaweedFS 4.48 cannot answer a preflight for a bucket without one.
      url: publicURL(of: "", in: bucket),
      fields: signer.formFields(for: policy, expires: seconds, at: now),
      seconds: seconds
    )
  }

  /// Returns the unsigned public URL of an object, or of the bucket if the key is empty.
  public func publicURL(of key: String, in bucket: String) -> String {
    let endpoint = configuration.publicEndpoint
    let path = percentEncodePath(endpoint.path(to: key, in: bucket, configuration.addressing))
    return endpoint.scheme + "://" + endpoint.host(of: bucket, configuration.addressing) + path
  }
}
