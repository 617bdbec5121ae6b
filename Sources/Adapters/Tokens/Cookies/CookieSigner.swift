public import FoundationEssentials

/// Signs cookies that CloudFront and `CookieVerifier` accept.
public struct CookieSigner: Sendable {
  /// CloudFront's identifier of the key pair.
  public let keyPairID: String
  private let key: CookieKey
  private let hash: CookieHash

  /// Creates a signer with the private key in `pem`; throws if CloudFront does not accept keys of this type or size.
  public init(keyPairID: String, pem: Data, hash: CookieHash = .sha256) throws(KeySetError) {
    self.keyPairID = keyPairID
    self.hash = hash
    key = try CookieKey(privatePEM: pem)
  }

  /// A verifier that accepts the cookies of this signer.
  public var verifier: CookieVerifier { CookieVerifier(keys: [keyPairID: key]) }

  /// Returns cookies with a custom policy; nil if libcrypto fails to sign.
  public func cookies(for policy: CookiePolicy) -> SignedCookies? {
    signed(policy) { $0.policy = CloudFrontBase64.encode(policy.text) }
  }

  /// Returns cookies with a canned policy, for one URL without wildcards; nil for a policy with a start time or
  /// addresses.
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
