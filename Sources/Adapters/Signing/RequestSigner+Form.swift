public import FoundationEssentials
internal import Synchronization

extension RequestSigner {
  /// All fields of a form that uploads what `policy` allows, in order; the file comes behind them, as `file`.
  ///
  /// `seconds` is the form's life.
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
