/// Why a token is refused; every case but the last is an unauthenticated request to the client, and the difference is
/// for the log.
public enum TokenError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not three strict base64url parts, not strict JSON, too long, or a header or claim of a wrong kind.
  case malformed(String)
  /// The algorithm is none, unknown, not allowed, or not that of any key.
  case algorithmRefused
  /// No key has the identifier that the token names.
  case keyUnknown
  /// The signature is not that of the key.
  case signatureInvalid
  /// The token's time is over.
  case expired
  /// The token is not valid yet, or was issued in the future.
  case notYetValid
  /// `iss` is not the configured issuer.
  case issuerRefused
  /// `aud` does not name the configured audience.
  case audienceRefused
  /// There are no keys to judge by, for this reason; unlike the others this says nothing of the token.
  case keysUnavailable(String)

  /// The reason in words, without anything from the token.
  public var description: String {
    switch self {
    case .malformed(let detail): "malformed token: \(detail)"
    case .algorithmRefused: "algorithm not allowed for any key"
    case .keyUnknown: "no key of this identifier"
    case .signatureInvalid: "signature does not match"
    case .expired: "token expired"
    case .notYetValid: "token not valid yet"
    case .issuerRefused: "issuer is another"
    case .audienceRefused: "audience is another"
    case .keysUnavailable(let detail): "no keys: \(detail)"
    }
  }
}

/// Why a document gives no key to verify with.
public struct KeySetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and what was expected, in words; holds no key material.
  public let description: String

  init(_ description: String) { self.description = description }
}
