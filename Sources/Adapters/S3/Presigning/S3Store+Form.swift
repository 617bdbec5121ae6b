public import FoundationEssentials
internal import Signing
public import Storage

/// A form that somebody without keys may send as `multipart/form-data` until it runs out.
public struct PresignedForm: Sendable {
  /// Where to POST it, at the public endpoint.
  public let url: String
  /// Its fields in order; the file comes behind them, as `file`.
  public let fields: [(name: String, value: String)]
}

extension S3Store {
  /// A form that stores an object of so many bytes with exactly these fields, such as `content-type`.
  ///
  /// `seconds` is its life, 1 to 604,800. It can be sent again until then: then the later object counts, and on a bucket
  /// with versions the earlier one stays beside it.
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
    // S3 puts the sent file's name in its place.
    guard !key.contains("${filename}") else {
      throw .invalidRequest(code: "InvalidKey", message: "a form's key must not hold ${filename}")
    }
    guard (1...604_800).contains(seconds) else {
      throw .invalidRequest(code: "InvalidExpires", message: "a form lives 1 to 604800 s, not \(seconds)")
    }
    let policy = PostPolicy(bucket: bucket, key: key, fields: fields, sizes: sizes)
    return PresignedForm(
      // With a slash: SeaweedFS 4.48 cannot answer a preflight about a bucket's bare name.
      url: publicURL(of: "", in: bucket),
      fields: signer.formFields(for: policy, expires: seconds, at: now)
    )
  }

  /// Where browsers reach an object, or with an empty key the bucket; without a signature.
  public func publicURL(of key: String, in bucket: String) -> String {
    let endpoint = configuration.publicEndpoint
    let path = percentEncodePath(endpoint.path(to: key, in: bucket, configuration.addressing))
    return endpoint.scheme + "://" + endpoint.host(of: bucket, configuration.addressing) + path
  }
}
