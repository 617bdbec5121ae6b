internal import CJose
internal import COpenSSL
public import FoundationEssentials

/// The keys that verify tokens, each bound to its algorithms.
public struct KeySet: Sendable {
  /// The maximum size of a document, in bytes.
  public static let maximumBytes = 262_144
  /// The maximum number of keys in one document.
  public static let maximumKeys = 64

  let keys: [VerificationKey]
  /// The reasons why keys of a JWKS document were skipped, for an administrator; the other keys remain usable.
  public let skipped: [String]

  /// Reads a PEM document of public keys, a JWK or a JWKS document.
  ///
  /// An RSA key verifies RS and PS algorithms, a key on a NIST curve the ES algorithm of that curve, and an `oct` key
  /// the HS algorithms whose hash is not longer than the secret. `alg` restricts a key to one algorithm. Throws if no
  /// usable key remains: an RSA key needs 2,048 to 8,192 bits, a secret at least 32 bytes. Private members of a JWK are
  /// dropped.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc7517
  public init(_ document: Data) throws(KeySetError) { try self.init(document, allowsSecrets: true) }

  /// Reads a document; without `allowsSecrets` a symmetric (`oct`) key, which could also sign, counts as unusable.
  init(_ document: Data, allowsSecrets: Bool) throws(KeySetError) {
    guard document.count <= Self.maximumBytes else {
      throw KeySetError("the document has over \(Self.maximumBytes) bytes")
    }
    let text = Array(document)
    let isJSON = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    guard isJSON else {
      keys = try Self.keys(pem: text)
      skipped = []
      return
    }
    guard let root = JSONObject(parsing: text) else {
      throw KeySetError("not strict JSON: malformed, a repeated member, or nested too deep")
    }
    guard root["keys"] != nil else {
      keys = [try VerificationKey(jwk: root, allowsSecrets: allowsSecrets)]
      skipped = []
      return
    }
    (keys, skipped) = try Self.keys(jwks: root, allowsSecrets: allowsSecrets)
  }

  /// All algorithms that at least one key may be used with.
  public var algorithms: Set<SignatureAlgorithm> { keys.reduce(into: []) { $0.formUnion($1.algorithms) } }

  private static func keys(
    jwks: borrowing JSONObject,
    allowsSecrets: Bool
  ) throws(KeySetError) -> ([VerificationKey], [String]) {
    guard let elements = jwks.objects("keys") else { throw KeySetError("keys is not an array of objects") }
    guard elements.count <= maximumKeys else { throw KeySetError("over \(maximumKeys) keys") }
    var keys: [VerificationKey] = []
    var skipped: [String] = []
    for (index, element) in elements.enumerated() {
      guard let jwk = JSONObject(parsing: element) else { throw KeySetError("key \(index) is no JSON object") }
      do throws(KeySetError) {
        keys.append(try VerificationKey(jwk: jwk, allowsSecrets: allowsSecrets))
      } catch {
        skipped.append("key \(index): \(error)")
      }
    }
    guard !keys.isEmpty else { throw KeySetError("no usable key: " + skipped.joined(separator: "; ")) }
    return (keys, skipped)
  }

  private static func keys(pem: [UInt8]) throws(KeySetError) -> [VerificationKey] {
    defer { ERR_clear_error() }
    let text = String(decoding: pem, as: UTF8.self)
    guard !text.contains("PRIVATE KEY-----") else { throw KeySetError("a private key; give the public one") }
    guard text.contains("-----BEGIN PUBLIC KEY-----") else {
      throw KeySetError("neither JSON (a JWK or JWKS document) nor PEM with -----BEGIN PUBLIC KEY-----")
    }
    guard let source = BIO_new_mem_buf(pem, Int32(pem.count)) else { throw KeySetError("no memory left") }
    defer { BIO_free(source) }
    var keys: [VerificationKey] = []
    while keys.count < maximumKeys, let key = PEM_read_bio_PUBKEY(source, nil, nil, nil) {
      defer { EVP_PKEY_free(key) }
      guard let jwk = JSONObject(taking: jose_openssl_jwk_from_EVP_PKEY(nil, key)) else {
        throw KeySetError("a public key of another type than RSA or EC on P-256, P-384, P-521")
      }
      keys.append(try VerificationKey(jwk: jwk))
    }
    let blocks = text.ranges(of: "-----BEGIN ").count
    guard keys.count == blocks else { throw KeySetError("\(blocks) PEM blocks, \(keys.count) of them public keys") }
    return keys
  }
}
