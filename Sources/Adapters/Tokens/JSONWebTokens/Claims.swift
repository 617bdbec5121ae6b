public import FoundationEssentials

/// The claims of a verified token.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
public struct Claims: Hashable, Sendable {
  /// The user, from `sub` or from the claim that the verifier was told; not empty.
  public let user: String
  /// `role`, if present.
  public let role: String?
  /// `exp`, without leeway.
  public let expiresAt: Date
  /// `nbf`, if present.
  public let notBefore: Date?
  /// `iat`, if present.
  public let issuedAt: Date?
  /// `iss`, if present.
  public let issuer: String?
  /// `aud` as a list, also if the token has a single string; empty if absent.
  public let audience: [String]

  init(_ payload: [UInt8], user name: String) throws(TokenError) {
    guard let claims = JSONObject(parsing: payload) else { throw .malformed("the claims are not a strict JSON object") }
    guard let user = try claims.text(name), !user.isEmpty else { throw .malformed("no \(name)") }
    guard let expiresAt = try claims.date("exp") else { throw .malformed("no exp") }
    self.user = user
    self.expiresAt = expiresAt
    role = try claims.text("role")
    notBefore = try claims.date("nbf")
    issuedAt = try claims.date("iat")
    issuer = try claims.text("iss")
    switch claims["aud"] {
    case nil: audience = []
    case .string(let name): audience = [name]
    case .strings(let names): audience = names
    default: throw .malformed("aud is neither a string nor a list of strings")
    }
    if let issuedAt, issuedAt > expiresAt { throw .malformed("iat is after exp") }
  }
}

extension JSONObject {
  fileprivate func text(_ name: String) throws(TokenError) -> String? {
    guard let value = self[name] else { return nil }
    guard case .string(let text) = value else { throw .malformed("\(name) is not a string") }
    return text
  }

  fileprivate func date(_ name: String) throws(TokenError) -> Date? {
    guard let value = self[name] else { return nil }
    guard case .number(let seconds) = value, (0...lastSecond).contains(seconds) else {
      throw .malformed("\(name) is not a time in seconds since 1970")
    }
    return Date(timeIntervalSince1970: seconds)
  }
}

/// The end of the year 9999.
private let lastSecond = 253_402_300_799.0
