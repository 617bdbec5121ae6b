/// The reason why a token is rejected.
///
/// A client receives the same 401 for every case except `keysUnavailable`; the log names the case.
public enum TokenError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The token is not three strict base64url parts or not strict JSON, is too long, or has a header or claim of a wrong
  /// type.
  case malformed(String)
  /// The algorithm is `none`, unknown, not allowed, or not allowed for any key.
  case algorithmRefused
  /// No key has the `kid` of the token.
  case keyUnknown
  /// No key verifies the signature.
  case signatureInvalid
  /// The token has expired.
  case expired
  /// The token is not valid yet, or was issued in the future.
  case notYetValid
  /// `iss` is not the configured issuer.
  case issuerRefused
  /// `aud` does not name the configured audience.
  case audienceRefused
  /// No keys are available, for this reason; the token itself was not checked.
  case keysUnavailable(String)

  /// The reason as text, without data of the token.
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

/// The reason why a document has no usable key.
public struct KeySetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The defect and the expected form, as text; contains no key material.
  public let description: String

  init(_ description: String) { self.description = description }
}
