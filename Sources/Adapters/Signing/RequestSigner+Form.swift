public import FoundationEssentials
internal import Synchronization

extension RequestSigner {
  /// Returns all fields of an upload form for `policy` in order; the form adds the file as its last field, `file`.
  ///
  /// `seconds` is the lifetime of the form.
  ///
  /// ```swift
  /// let fields = [(name: "Content-Type", value: "image/png")]
  /// let policy = PostPolicy(bucket: "uploads-raw", key: "ada/a.png", fields: fields, sizes: 1...10_485_760)
  /// let form = signer.formFields(for: policy, expires: 900, at: .now)
  /// ```
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
  public func formFields(
    for policy: PostPolicy,
    expires seconds: Int,
    at now: Date
  ) -> [(name: String, value: String)] {
    let time = Timestamp(now)
    var signed = [
      (name: "x-amz-algorithm", value: "AWS4-HMAC-SHA256"), (name: "x-amz-credential", value: credential(time)),
      (name: "x-amz-date", value: time.text),
    ]
    if let token = credentials.sessionToken { signed.append(("x-amz-security-token", token)) }
    let expiration = Timestamp(now.addingTimeInterval(TimeInterval(seconds))).extended
    let document = policy.document(expiration: expiration, signed: signed)
    let encoded = Data(document.utf8).base64EncodedString()
    let signature = key.withLock { $0.signature(ofPolicy: encoded, at: time) }
    return policy.fields + [("key", policy.key)] + signed + [("policy", encoded), ("x-amz-signature", signature)]
  }
}
