/// The values of CloudFront's cookies, those of a canned policy (`expires`) or of a custom one (`policy`).
///
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
public struct SignedCookies: Hashable, Sendable {
  /// `CloudFront-Policy`: the custom policy.
  public var policy: String?
  /// `CloudFront-Expires`: the second since 1970 at which a canned policy ends.
  public var expires: String?
  /// `CloudFront-Signature`.
  public var signature: String?
  /// `CloudFront-Key-Pair-Id`.
  public var keyPairID: String?
  /// `CloudFront-Hash-Algorithm`: `SHA1`, which is the default, or `SHA256`.
  public var hashAlgorithm: String?

  /// The names of all cookies, in the order of the members.
  public static let names = [
    "CloudFront-Policy", "CloudFront-Expires", "CloudFront-Signature", "CloudFront-Key-Pair-Id",
    "CloudFront-Hash-Algorithm",
  ]

  /// Cookies as `value` gives them by their names.
  public init(_ value: (_ name: String) -> String?) {
    let values = Self.names.map(value)
    (policy, expires, signature, keyPairID, hashAlgorithm) = (values[0], values[1], values[2], values[3], values[4])
  }

  /// Each cookie that is there.
  public var pairs: [(name: String, value: String)] {
    zip(Self.names, [policy, expires, signature, keyPairID, hashAlgorithm]).compactMap { name, value in
      value.map { (name, $0) }
    }
  }
}

/// Why signed cookies do not allow a request; for the log alone.
public enum CookieRefusal: String, Error, Sendable {
  /// One of those that are always needed is not there.
  case incomplete = "a cookie is missing"
  /// A canned policy and a custom one.
  case mixed = "both CloudFront-Policy and CloudFront-Expires"
  /// Too long, or not spelled as it must be.
  case malformed = "a cookie is malformed"
  /// `CloudFront-Hash-Algorithm` is neither SHA1 nor SHA256.
  case unknownHash = "an unknown hash algorithm"
  /// Nobody here knows the key pair.
  case unknownKey = "an unknown key pair"
  /// The signature is not the key pair's over this policy.
  case forged = "the signature does not hold"
  /// The signer's policy is not of the expected form.
  case badPolicy = "the policy is not of the expected form"
  /// Its time is over.
  case expired = "expired"
  /// Its time has not come.
  case notYetValid = "not yet valid"
  /// It is for other addresses.
  case otherAddress = "for other addresses"
  /// It is for other URLs.
  case otherResource = "for other URLs"
}
