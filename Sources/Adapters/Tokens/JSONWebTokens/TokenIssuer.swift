internal import CJose
public import FoundationEssentials

/// Creates HS256 tokens for development; a production system uses its identity provider.
public struct TokenIssuer: Sendable {
  private let key: VerificationKey
  private let userClaim: String
  private let issuer: String?
  private let audience: String?

  /// Creates an issuer with the `oct` key in `jwk`, which the verifier uses too; throws for another type of key.
  public init(jwk: Data, userClaim: String = "sub", issuer: String? = nil, audience: String? = nil) throws(KeySetError)
  {
    let set = try KeySet(jwk)
    guard set.keys.count == 1, let key = set.keys.first, key.algorithms.contains(.hs256) else {
      throw KeySetError("tokens are made with one oct key for HS256")
    }
    self.key = key
    self.userClaim = userClaim
    self.issuer = issuer
    self.audience = audience
  }

  /// Returns a token for `user` that expires `lifetime` seconds after `now`.
  public func token(user: String, role: String? = nil, lifetime seconds: Int, at now: Date) -> String {
    let issued = Int64(now.timeIntervalSince1970)
    guard let claims = JSONObject() else { preconditionFailure("jansson has no memory left") }
    claims.set(userClaim, user)
    claims.set("iat", issued)
    claims.set("exp", issued + Int64(seconds))
    if let role { claims.set("role", role) }
    if let issuer { claims.set("iss", issuer) }
    if let audience { claims.set("aud", audience) }
    guard let token = key.signed(claims, algorithm: .hs256) else { preconditionFailure("libjose cannot sign") }
    return token
  }
}

extension VerificationKey {
  /// Returns the signed compact form of `claims`; nil if the key or libjose cannot sign.
  fileprivate func signed(_ claims: borrowing JSONObject, algorithm: SignatureAlgorithm) -> String? {
    guard let key = JSONObject(parsing: jwk), let header = JSONObject(), let signature = JSONObject(),
      let token = JSONObject(), let configuration = stowage_jose_cfg()
    else { return nil }
    defer { jose_cfg_decref(configuration) }
    key.set("alg", algorithm.rawValue)
    header.set("alg", algorithm.rawValue)
    header.set("typ", "JWT")
    if let identifier { header.set("kid", identifier) }
    signature.set("protected", header)
    claims.withPointer { claims in
      token.withPointer { token in _ = json_object_set_new(token, "payload", jose_b64_enc_dump(claims)) }
    }
    let isSigned = token.withPointer { token in
      signature.withPointer { signature in
        key.withPointer { key in jose_jws_sig(configuration, token, signature, key) }
      }
    }
    guard isSigned else { return nil }
    return ["protected", "payload", "signature"].compactMap { token.string($0) }.joined(separator: ".")
  }
}
