/// The values of CloudFront's cookies, for a canned policy (`expires`) or a custom policy (`policy`).
///
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
public struct SignedCookies: Hashable, Sendable {
  /// `CloudFront-Policy`: the custom policy.
  public var policy: String?
  /// `CloudFront-Expires`: the end of a canned policy, in seconds since 1970.
  public var expires: String?
  /// `CloudFront-Signature`.
  public var signature: String?
  /// `CloudFront-Key-Pair-Id`.
  public var keyPairID: String?
  /// `CloudFront-Hash-Algorithm`: `SHA1`, which is the default, or `SHA256`.
  public var hashAlgorithm: String?

  /// The names of all cookies, in the order of the properties.
  public static let names = [
    "CloudFront-Policy", "CloudFront-Expires", "CloudFront-Signature", "CloudFront-Key-Pair-Id",
    "CloudFront-Hash-Algorithm",
  ]

  /// Creates cookies; `value` returns the value of a cookie by its name, or nil.
  public init(_ value: (_ name: String) -> String?) {
    let values = Self.names.map(value)
    (policy, expires, signature, keyPairID, hashAlgorithm) = (values[0], values[1], values[2], values[3], values[4])
  }

  /// The names and values of all cookies except nil values.
  public var pairs: [(name: String, value: String)] {
    zip(Self.names, [policy, expires, signature, keyPairID, hashAlgorithm]).compactMap { name, value in
      value.map { (name, $0) }
    }
  }
}

/// The reason why signed cookies do not allow a request; written to the log only.
public enum CookieRefusal: String, Error, Sendable {
  /// A required cookie is missing.
  case incomplete = "a cookie is missing"
  /// The cookies contain both a canned and a custom policy.
  case mixed = "both CloudFront-Policy and CloudFront-Expires"
  /// A cookie is too long or its encoding is invalid.
  case malformed = "a cookie is malformed"
  /// `CloudFront-Hash-Algorithm` is neither SHA1 nor SHA256.
  case unknownHash = "an unknown hash algorithm"
  /// The verifier has no key with this key pair identifier.
  case unknownKey = "an unknown key pair"
  /// The signature is not a valid signature of the key pair over this policy.
  case forged = "the signature does not hold"
  /// The signed policy does not have the expected form.
  case badPolicy = "the policy is not of the expected form"
  /// The policy has expired.
  case expired = "expired"
  /// The policy is not valid yet.
  case notYetValid = "not yet valid"
  /// The policy is for other client addresses.
  case otherAddress = "for other addresses"
  /// The policy is for other URLs.
  case otherResource = "for other URLs"
}
