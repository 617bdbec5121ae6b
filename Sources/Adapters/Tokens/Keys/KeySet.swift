internal import CJose
internal import COpenSSL
public import FoundationEssentials

/// The keys that tokens are verified with, each bound to its algorithms.
public struct KeySet: Sendable {
  /// The largest document, in bytes.
  public static let maximumBytes = 262_144
  /// The most keys in one document.
  public static let maximumKeys = 64

  let keys: [VerificationKey]
  /// Why keys of a JWKS document were left out, in words for an administrator; they do no harm to the others.
  public let skipped: [String]

  /// Reads a PEM document of public keys, a JWK or a JWKS document.
  ///
  /// A key of RSA is used with RS and PS, one of a NIST curve with that curve's ES, and an `oct` key with the HS whose
  /// hash is no longer than it, unless its `alg` says which one. Throws where no usable key is left: RSA needs 2,048 to
  /// 8,192 bits, a secret 32 bytes. Private members of a JWK are dropped.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc7517
  public init(_ document: Data) throws(KeySetError) { try self.init(document, allowsSecrets: true) }

  /// As above; without `allowsSecrets` a key that could sign, too, counts as unusable.
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

  /// Every algorithm that some key may be used with.
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
