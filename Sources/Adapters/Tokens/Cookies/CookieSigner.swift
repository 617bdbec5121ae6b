public import FoundationEssentials

/// Signs cookies that CloudFront, and `CookieVerifier`, take.
public struct CookieSigner: Sendable {
  /// What CloudFront calls the key pair.
  public let keyPairID: String
  private let key: CookieKey
  private let hash: CookieHash

  /// Signs by the private key in `pem`; throws where it is none that CloudFront takes.
  public init(keyPairID: String, pem: Data, hash: CookieHash = .sha256) throws(KeySetError) {
    self.keyPairID = keyPairID
    self.hash = hash
    key = try CookieKey(privatePEM: pem)
  }

  /// The public half, for a verifier.
  public var verifier: CookieVerifier { CookieVerifier(keys: [keyPairID: key]) }

  /// Cookies of a custom policy; nil where libcrypto does not sign.
  public func cookies(for policy: CookiePolicy) -> SignedCookies? {
    signed(policy) { $0.policy = CloudFrontBase64.encode(policy.text) }
  }

  /// Cookies of a canned policy, for one URL that has no wildcards; nil for a policy with more than an end.
  public func cannedCookies(for policy: CookiePolicy) -> SignedCookies? {
    guard policy.begins == nil, policy.addresses == nil, !policy.resource.contains(/[*?]/) else { return nil }
    return signed(policy) { $0.expires = String(policy.expires) }
  }

  private func signed(_ policy: CookiePolicy, _ tell: (inout SignedCookies) -> Void) -> SignedCookies? {
    guard let signature = key.signature(of: policy.text, hash) else { return nil }
    var cookies = SignedCookies { _ in nil }
    tell(&cookies)
    cookies.signature = CloudFrontBase64.encode(signature)
    cookies.keyPairID = keyPairID
    cookies.hashAlgorithm = hash.rawValue
    return cookies
  }
}
