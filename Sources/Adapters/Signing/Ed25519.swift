internal import COpenSSL

/// The reasons why a key cannot sign or verify.
public enum Ed25519Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is not PEM with one key, or the key has a pass phrase.
  case unreadable(expected: String)
  /// The key is of another kind, such as `RSA`.
  case otherKind(String)
  /// libcrypto could not sign.
  case failed

  /// The reason as text.
  public var description: String {
    switch self {
    case .unreadable(let expected): "it is not PEM with one \(expected), without a pass phrase"
    case .otherKind(let kind): "it is a key for \(kind), not for Ed25519"
    case .failed: "libcrypto could not sign"
    }
  }
}

/// An Ed25519 key that signs or verifies messages; any number of threads may use one key.
///
/// ```swift
/// let signature = try Ed25519Key(privatePEM: secret).signature(of: message)
/// let isGenuine = try Ed25519Key(publicPEM: key).verifies(signature, of: message)
/// ```
///
/// Source: https://www.rfc-editor.org/rfc/rfc8032, https://www.rfc-editor.org/rfc/rfc8410
///
/// `@unchecked Sendable` is safe: the key is immutable after it was read.
public final class Ed25519Key: @unchecked Sendable {
  /// The number of bytes of a signature.
  public static let signatureBytes = 64

  private static let maximumBytes = 16_384
  private let key: OpaquePointer

  /// Reads one private key without a pass phrase from PEM (PKCS #8).
  public convenience init(privatePEM pem: [UInt8]) throws(Ed25519Error) {
    try self.init(pem, "private key") { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
  }

  /// Reads one public key from PEM (`PUBLIC KEY`).
  public convenience init(publicPEM pem: [UInt8]) throws(Ed25519Error) {
    try self.init(pem, "public key") { PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in -1 }, nil) }
  }

  private init(_ pem: [UInt8], _ kind: String, read: (OpaquePointer) -> OpaquePointer?) throws(Ed25519Error) {
    defer { ERR_clear_error() }
    let text = Array(pem.prefix(Self.maximumBytes))
    guard let source = BIO_new_mem_buf(text, Int32(text.count)) else { throw .failed }
    defer { BIO_free(source) }
    guard let key = read(source) else { throw .unreadable(expected: kind) }
    guard EVP_PKEY_is_a(key, "ED25519") == 1 else {
      let name = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "something else"
      EVP_PKEY_free(key)
      throw .otherKind(name)
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Returns the signature of `message`, 64 bytes; throws `failed` for a public key.
  public func signature(of message: [UInt8]) throws(Ed25519Error) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .failed }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    var signature = [UInt8](repeating: 0, count: Self.signatureBytes)
    var length = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == Self.signatureBytes
    else { throw .failed }
    return signature
  }

  /// The public key as PEM; empty if libcrypto fails.
  public var publicPEM: [UInt8] {
    guard let target = BIO_new(BIO_s_mem()) else { return [] }
    defer {
      BIO_free(target)
      ERR_clear_error()
    }
    guard PEM_write_bio_PUBKEY(target, key) == 1 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = BIO_read(target, &bytes, Int32(bytes.count))
    return Array(bytes.prefix(Int(max(0, count))))
  }

  /// True if `signature` is a valid signature of this key pair over `message`.
  public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureBytes, let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
