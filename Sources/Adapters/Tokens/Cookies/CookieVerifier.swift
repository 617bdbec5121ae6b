public import FoundationEssentials

/// Verifies CloudFront's signed cookies, more strictly than CloudFront, with one or more key pairs.
public struct CookieVerifier: Sendable {
  private static let longestSignature = 1024
  private static let longestPolicy = CookiePolicy.maximumBytes * 4 / 3

  private let keys: [String: CookieKey]

  /// Creates a verifier with public keys in PEM, by key pair identifier.
  public init(pems: [String: Data]) throws(KeySetError) {
    var keys: [String: CookieKey] = [:]
    for (identifier, pem) in pems {
      do throws(KeySetError) {
        keys[identifier] = try CookieKey(publicPEM: pem)
      } catch {
        throw KeySetError("key pair \(identifier): \(error)")
      }
    }
    self.keys = keys
  }

  init(keys: [String: CookieKey]) { self.keys = keys }

  /// Returns a verifier that accepts the cookies of both verifiers.
  public func adding(_ other: CookieVerifier) -> CookieVerifier {
    CookieVerifier(keys: keys.merging(other.keys) { first, _ in first })
  }

  /// Returns the end of the cookies if they allow a request of `url` (absolute, as it was signed) from `address` at
  /// `now`.
  public func verify(
    _ cookies: SignedCookies,
    for url: String,
    from address: String,
    at now: Date
  ) throws(CookieRefusal) -> Date {
    guard let spelled = cookies.signature, let identifier = cookies.keyPairID else { throw .incomplete }
    guard let hash = CookieHash(rawValue: cookies.hashAlgorithm ?? CookieHash.sha1.rawValue) else {
      throw .unknownHash
    }
    guard spelled.utf8.count <= Self.longestSignature, let signature = CloudFrontBase64.decode(spelled) else {
      throw .malformed
    }
    guard let key = keys[identifier] else { throw .unknownKey }
    let text = try signedText(cookies, for: url)
    guard key.verifies(signature, over: text, hash) else { throw .forged }
    guard let policy = CookiePolicy(parsing: text) else { throw .badPolicy }
    if let refusal = policy.refusal(of: url, from: address, at: now) { throw refusal }
    return Date(timeIntervalSince1970: Double(policy.expires))
  }

  /// Returns the text under the signature: the custom policy of the cookies, or the canned policy for this URL.
  private func signedText(_ cookies: SignedCookies, for url: String) throws(CookieRefusal) -> [UInt8] {
    switch (cookies.policy, cookies.expires) {
    case (nil, nil): throw .incomplete
    case (_?, _?): throw .mixed
    case (let policy?, nil):
      guard policy.utf8.count <= Self.longestPolicy, let text = CloudFrontBase64.decode(policy) else {
        throw .malformed
      }
      return text
    case (nil, let expires?):
      guard let seconds = Int64(expires), String(seconds) == expires,
        let canned = CookiePolicy(resource: url, expires: seconds)
      else { throw .malformed }
      return canned.text
    }
  }
}
