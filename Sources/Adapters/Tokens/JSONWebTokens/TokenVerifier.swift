public import FoundationEssentials

/// Verifies JSON Web Tokens in compact form, strictly; any number of threads may use one verifier.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7519#section-7.2, https://www.rfc-editor.org/rfc/rfc8725
public struct TokenVerifier: Sendable {
  /// The maximum length of a token, in bytes.
  public static let maximumBytes = 8192

  private let source: KeySource
  private let genuine = VerifiedTokenCache()
  private let algorithms: Set<SignatureAlgorithm>
  /// The claim that names the user.
  public let userClaim: String
  private let issuer: String?
  private let audience: String?
  private let leeway: Double

  /// Creates a verifier with fixed keys; the other parameters are those of
  /// `init(source:algorithms:userClaim:issuer:audience:leeway:)`.
  public init(
    keys: KeySet,
    algorithms: Set<SignatureAlgorithm> = Set(SignatureAlgorithm.allCases),
    userClaim: String = "sub",
    issuer: String? = nil,
    audience: String? = nil,
    leeway seconds: Int = 60
  ) {
    self.init(
      source: KeySource(keys),
      algorithms: algorithms,
      userClaim: userClaim,
      issuer: issuer,
      audience: audience,
      leeway: seconds
    )
  }

  /// Creates a verifier that accepts `algorithms` only, and each of them only with a key of `source` bound to it.
  ///
  /// `userClaim` is the claim that names the user. If `issuer` is given, `iss` must equal it; if `audience` is given, `aud` must contain it; nil skips the check.
  /// `leeway` is the tolerance for clock differences, in seconds. Default: 60.
  public init(
    source: KeySource,
    algorithms: Set<SignatureAlgorithm> = Set(SignatureAlgorithm.allCases),
    userClaim: String = "sub",
    issuer: String? = nil,
    audience: String? = nil,
    leeway seconds: Int = 60
  ) {
    self.source = source
    self.algorithms = algorithms
    self.userClaim = userClaim
    self.issuer = issuer
    self.audience = audience
    leeway = Double(seconds)
  }

  /// Returns the claims of a token after a check of its signature, times, issuer and audience.
  public func verify(_ compact: String, at now: Date) throws(TokenError) -> Claims {
    let claims = try Claims(try payload(of: compact), user: userClaim)
    let time = now.timeIntervalSince1970
    guard time < claims.expiresAt.timeIntervalSince1970 + leeway else { throw .expired }
    for start in [claims.notBefore, claims.issuedAt] {
      if let start, start.timeIntervalSince1970 > time + leeway { throw .notYetValid }
    }
    if let issuer, claims.issuer != issuer { throw .issuerRefused }
    if let audience, !claims.audience.contains(audience) { throw .audienceRefused }
    return claims
  }

  /// Returns the payload of a token with a valid signature, without a check of its claims.
  package func payload(of compact: String) throws(TokenError) -> [UInt8] {
    guard compact.utf8.count <= Self.maximumBytes else { throw .malformed("over \(Self.maximumBytes) bytes") }
    let parts = compact.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Substring.init)
    guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2]), !signature.isEmpty
    else { throw .malformed("not three parts in base64url") }
    guard let header = JSONObject(parsing: header) else { throw .malformed("the header is not a strict JSON object") }

    let algorithm = try algorithm(in: header)
    var edition: KeySource.Edition
    do throws(KeySetError) {
      edition = try source.current()
    } catch {
      throw .keysUnavailable(error.description)
    }
    var keys = try candidates(for: header, among: edition.keys)
    if keys.isEmpty, let newer = source.edition(after: edition.number) {
      edition = newer
      keys = try candidates(for: header, among: newer.keys)
    }
    guard !keys.isEmpty else { throw .keyUnknown }
    keys.removeAll { !$0.algorithms.contains(algorithm) }
    guard !keys.isEmpty else { throw .algorithmRefused }
    let isGenuine = genuine.contains(compact, under: edition.number) {
      keys.contains {
        $0.verifies(
          header: String(parts[0]),
          payload: String(parts[1]),
          signature: String(parts[2]),
          algorithm: algorithm
        )
      }
    }
    guard isGenuine else { throw .signatureInvalid }
    return payload
  }

  private func algorithm(in header: borrowing JSONObject) throws(TokenError) -> SignatureAlgorithm {
    for name in ["crit", "b64", "jwk", "jku", "x5c", "x5u"] where header[name] != nil {
      throw .malformed("the header has \(name)")
    }
    if let type = header["typ"] {
      guard case .string(let name) = type, ["jwt", "at+jwt", "application/at+jwt"].contains(name.lowercased()) else {
        throw .malformed("typ is not JWT")
      }
    }
    guard let algorithm = header.string("alg").flatMap(SignatureAlgorithm.init(rawValue:)),
      algorithms.contains(algorithm)
    else { throw .algorithmRefused }
    return algorithm
  }

  /// Returns the keys with the `kid` of the token, and the keys without a `kid`.
  private func candidates(
    for header: borrowing JSONObject,
    among keys: KeySet
  ) throws(TokenError) -> [VerificationKey] {
    guard let named = header["kid"] else { return keys.keys }
    guard case .string(let identifier) = named else { throw .malformed("kid is not a string") }
    return keys.keys.filter { $0.identifier == nil || $0.identifier == identifier }
  }
}
