public import FoundationEssentials

/// Judges CloudFront's cookies as CloudFront would, only more strictly; several key pairs count at once.
public struct CookieVerifier: Sendable {
  private static let longestSignature = 1024
  private static let longestPolicy = CookiePolicy.maximumBytes * 4 / 3

  private let keys: [String: CookieKey]

  /// Takes what one of the key pairs signed: their public keys in PEM, by their identifiers.
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

  /// A verifier that takes what either takes.
  public func adding(_ other: CookieVerifier) -> CookieVerifier {
    CookieVerifier(keys: keys.merging(other.keys) { first, _ in first })
  }

  /// When the cookies end, if they allow a request of `url` (absolute, as it is signed) from `address` at `now`.
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

  /// The policy that must have been signed, byte by byte: the one that came, or the canned one for this URL.
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
