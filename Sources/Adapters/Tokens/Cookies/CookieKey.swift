internal import COpenSSL
internal import FoundationEssentials

/// The hash of a signature, with the values of `CloudFront-Hash-Algorithm`.
public enum CookieHash: String, Sendable, CaseIterable {
  /// CloudFront's default if the cookie is absent.
  case sha1 = "SHA1"
  /// The stronger hash.
  case sha256 = "SHA256"

  var algorithm: OpaquePointer? { self == .sha1 ? EVP_sha1() : EVP_sha256() }
}

/// A public or private key for signed cookies: RSA of 2,048 to 4,096 bits, or ECDSA on P-256.
///
/// Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_PublicKey.html
final class CookieKey: @unchecked Sendable {
  private static let rsaBits: ClosedRange<Int32> = 2048...4096
  private static let maximumBytes = 16_384

  /// Immutable after it was read, so libcrypto lets any number of threads use it.
  private let key: OpaquePointer

  /// Reads one public key from PEM.
  convenience init(publicPEM pem: Data) throws(KeySetError) {
    try self.init(pem, "PUBLIC KEY") { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
  }

  /// Reads one private key without a pass phrase from PEM.
  convenience init(privatePEM pem: Data) throws(KeySetError) {
    try self.init(pem, "PRIVATE KEY") { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
  }

  private init(_ pem: Data, _ kind: String, read: (OpaquePointer) -> OpaquePointer?) throws(KeySetError) {
    defer { ERR_clear_error() }
    let text = Array(pem.prefix(Self.maximumBytes))
    guard let source = BIO_new_mem_buf(text, Int32(text.count)) else { throw KeySetError("no memory left") }
    defer { BIO_free(source) }
    guard let key = read(source) else { throw KeySetError("not PEM with one \(kind), without a pass phrase") }
    self.key = key
    let isSuited =
      if EVP_PKEY_is_a(key, "RSA") == 1 {
        Self.rsaBits.contains(EVP_PKEY_get_bits(key))
      } else {
        EVP_PKEY_is_a(key, "EC") == 1 && Self.curve(of: key) == "prime256v1"
      }
    guard isSuited else { throw KeySetError("neither RSA of 2,048 to 4,096 bits nor ECDSA on P-256") }
  }

  deinit { EVP_PKEY_free(key) }

  private static func curve(of key: OpaquePointer) -> String {
    var name = [CChar](repeating: 0, count: 32)
    var length = 0
    guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return "" }
    return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Returns the signature of `message`; nil if this key is not a private key.
  func signature(of message: [UInt8], _ hash: CookieHash) -> [UInt8]? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    var length = 0
    guard EVP_DigestSignInit(context, nil, hash.algorithm, nil, key) == 1,
      EVP_DigestSign(context, nil, &length, message, message.count) == 1
    else { return nil }
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { return nil }
    return Array(signature.prefix(length))
  }

  /// True if `signature` is a valid signature of this key pair over `message`.
  func verifies(_ signature: [UInt8], over message: [UInt8], _ hash: CookieHash) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    return EVP_DigestVerifyInit(context, nil, hash.algorithm, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
