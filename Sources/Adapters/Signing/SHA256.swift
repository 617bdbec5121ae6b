internal import COpenSSL

/// A SHA-256 hash of bytes that arrive in pieces.
///
/// An object hashes one stream at a time, and can hash another stream after `finalize`. Only one thread may use an
/// object at a time.
///
/// Source: https://csrc.nist.gov/pubs/fips/180-4/upd1/final
public final class SHA256 {
  /// The number of bytes in a digest.
  public static let byteCount = 32

  private let context: OpaquePointer

  /// Creates a hasher for a new stream.
  public init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory left") }
    self.context = context
    precondition(EVP_DigestInit_ex2(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds the next bytes of the stream.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "libcrypto's SHA-256 failed")
  }

  /// Adds the next bytes of the stream.
  public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Returns the digest (32 bytes) of all bytes since `init` or the previous `finalize`.
  public func finalize() -> [UInt8] {
    let digest = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      var written: UInt32 = 0
      precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, &written) == 1, "libcrypto's SHA-256 failed")
      count = Int(written)
    }
    precondition(EVP_DigestInit_ex2(context, nil, nil) == 1, "libcrypto's SHA-256 failed")
    return digest
  }

  /// Returns the digest of `bytes` (32 bytes).
  public static func digest(of bytes: [UInt8]) -> [UInt8] {
    let hasher = SHA256()
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// Returns the digest of `bytes` as 64 lowercase hexadecimal digits.
  public static func hexadecimal(of bytes: [UInt8]) -> String { lowercaseHexadecimal(digest(of: bytes)) }
}

/// Returns `bytes` as lowercase hexadecimal digits, two for each byte.
public func lowercaseHexadecimal(_ bytes: [UInt8]) -> String {
  String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
    for (index, byte) in bytes.enumerated() {
      buffer[2 * index] = hexadecimalDigit(byte >> 4, letters: "a")
      buffer[2 * index + 1] = hexadecimalDigit(byte & 15, letters: "a")
    }
    return bytes.count * 2
  }
}
