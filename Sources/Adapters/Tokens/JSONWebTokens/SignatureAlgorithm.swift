/// The signature algorithms of tokens.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7518#section-3.1
public enum SignatureAlgorithm: String, CaseIterable, Sendable {
  /// HMAC with a shared secret.
  case hs256 = "HS256"
  /// HMAC with a shared secret.
  case hs384 = "HS384"
  /// HMAC with a shared secret.
  case hs512 = "HS512"
  /// RSA with PKCS #1 v1.5 padding.
  case rs256 = "RS256"
  /// RSA with PKCS #1 v1.5 padding.
  case rs384 = "RS384"
  /// RSA with PKCS #1 v1.5 padding.
  case rs512 = "RS512"
  /// RSA with PSS padding.
  case ps256 = "PS256"
  /// RSA with PSS padding.
  case ps384 = "PS384"
  /// RSA with PSS padding.
  case ps512 = "PS512"
  /// ECDSA on P-256.
  case es256 = "ES256"
  /// ECDSA on P-384.
  case es384 = "ES384"
  /// ECDSA on P-521.
  case es512 = "ES512"
}
