internal import CJose
internal import COpenSSL

/// A key, reduced to the members needed for verification and bound to its allowed algorithms.
struct VerificationKey: Sendable {
  /// The `kid`; nil for a key that matches any `kid`.
  let identifier: String?
  let algorithms: Set<SignatureAlgorithm>
  /// The JWK as JSON text with `kty` and the public members, or with the secret of an `oct` key.
  let jwk: [UInt8]

  /// Reads one JWK and checks its type, curve, size and purpose, and that its numbers form a public key.
  init(jwk source: borrowing JSONObject, allowsSecrets: Bool = true) throws(KeySetError) {
    if let use = source["use"], use != .string("sig") { throw KeySetError("the key is not for signatures (use)") }
    if let operations = source["key_ops"] {
      guard case .strings(let names) = operations, names.contains("verify") else {
        throw KeySetError("the key is not for verifying (key_ops)")
      }
    }
    if source["kid"] != nil, source.string("kid") == nil { throw KeySetError("kid is not a string") }
    identifier = source.string("kid")

    let kind = try Kind(of: source)
    guard allowsSecrets || kind != .secret else { throw KeySetError("a secret (oct), which must not be published") }
    let reduced = try kind.reduced(source)
    let suited = try kind.algorithms(for: reduced)
    algorithms = try Self.bound(suited, by: source["alg"])
    jwk = reduced.text
  }

  private static func bound(
    _ suited: Set<SignatureAlgorithm>,
    by stated: JSONObject.Value?
  ) throws(KeySetError) -> Set<SignatureAlgorithm> {
    guard let stated else { return suited }
    guard case .string(let name) = stated, let algorithm = SignatureAlgorithm(rawValue: name) else {
      throw KeySetError("alg is not one of \(SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard suited.contains(algorithm) else {
      throw KeySetError("a key of this type and size cannot be used with \(algorithm.rawValue)")
    }
    return [algorithm]
  }

  /// True if `signature` over `header.payload`, all three in base64url, is valid for this key and `algorithm`.
  func verifies(header: String, payload: String, signature: String, algorithm: SignatureAlgorithm) -> Bool {
    guard let key = JSONObject(parsing: jwk), let token = JSONObject(), let configuration = stowage_jose_cfg() else {
      return false
    }
    defer { jose_cfg_decref(configuration) }
    key.set("alg", algorithm.rawValue)
    token.set("protected", header)
    token.set("payload", payload)
    token.set("signature", signature)
    return token.withPointer { token in
      key.withPointer { key in jose_jws_ver(configuration, token, nil, key, false) }
    }
  }
}

/// The types of keys, with the values of `kty`.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7518#section-6.1
private enum Kind: String {
  case secret = "oct"
  case rsa = "RSA"
  case curve = "EC"

  /// RFC 7518 requires at least 2,048 bits; the upper bound prevents signature checks that take milliseconds.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc7518#section-3.3
  static let rsaBits = 2048...8192

  init(of jwk: borrowing JSONObject) throws(KeySetError) {
    guard let kind = jwk.string("kty").flatMap(Kind.init(rawValue:)) else {
      throw KeySetError("kty is not one of oct, RSA, EC")
    }
    self = kind
  }

  private var members: [String] {
    switch self {
    case .secret: ["k"]
    case .rsa: ["n", "e"]
    case .curve: ["x", "y"]
    }
  }

  /// Returns a JWK of the public members only; each must be strict base64url.
  func reduced(_ jwk: borrowing JSONObject) throws(KeySetError) -> JSONObject {
    guard let reduced = JSONObject() else { throw KeySetError("no memory left") }
    reduced.set("kty", rawValue)
    if self == .curve { reduced.set("crv", jwk.string("crv") ?? "") }
    for name in members {
      guard let value = jwk.string(name), let bytes = Base64URL.decode(value), !bytes.isEmpty else {
        throw KeySetError("\(name) is missing or not base64url")
      }
      reduced.set(name, value)
    }
    return reduced
  }

  /// Returns the algorithms that the key supports; throws for a weak or invalid key.
  func algorithms(for jwk: borrowing JSONObject) throws(KeySetError) -> Set<SignatureAlgorithm> {
    switch self {
    case .secret:
      let bytes = Base64URL.decode(jwk.string("k") ?? "")?.count ?? 0
      guard bytes >= 32 else { throw KeySetError("a secret of \(bytes) bytes, at least 32 were expected") }
      return bytes >= 64 ? [.hs256, .hs384, .hs512] : bytes >= 48 ? [.hs256, .hs384] : [.hs256]
    case .rsa:
      let bits = try checkedBits(of: jwk)
      guard Self.rsaBits.contains(bits) else {
        throw KeySetError(
          "an RSA key of \(bits) bits, \(Self.rsaBits.lowerBound) to \(Self.rsaBits.upperBound) expected"
        )
      }
      return [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
    case .curve:
      let algorithm: SignatureAlgorithm
      switch jwk.string("crv") {
      case "P-256": algorithm = .es256
      case "P-384": algorithm = .es384
      case "P-521": algorithm = .es512
      default: throw KeySetError("crv is not one of P-256, P-384, P-521")
      }
      _ = try checkedBits(of: jwk)
      return [algorithm]
    }
  }

  private func checkedBits(of jwk: borrowing JSONObject) throws(KeySetError) -> Int {
    defer { ERR_clear_error() }
    guard let key = jwk.withPointer({ jose_openssl_jwk_to_EVP_PKEY(nil, $0) }) else {
      throw KeySetError("the numbers of this \(rawValue) key do not form a key")
    }
    defer { EVP_PKEY_free(key) }
    let bits = Int(EVP_PKEY_get_bits(key))
    guard self != .rsa || Self.rsaBits.contains(bits) else { return bits }
    let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_public_check(context) == 1 else {
      throw KeySetError("the numbers of this \(rawValue) key do not form a valid key")
    }
    return bits
  }
}

extension VerificationKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  var description: String { "\(identifier ?? "key without kid") for \(algorithms.map(\.rawValue).sorted())" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
