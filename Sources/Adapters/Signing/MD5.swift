internal import COpenSSL

/// An MD5 hash of bytes that arrive in pieces; it detects accidental changes only.
///
/// Only one thread may use an object at a time.
/// Source: <https://www.rfc-editor.org/rfc/rfc1321>
public final class MD5 {
  private let context: OpaquePointer

  /// Creates a hasher for one stream.
  public init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory left") }
    self.context = context
    precondition(EVP_DigestInit_ex2(context, EVP_md5(), nil) == 1, "libcrypto has no MD5")
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds the next bytes of the stream.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "libcrypto's MD5 failed")
  }

  /// Returns the digest (16 bytes) of all bytes; the stream ends here.
  public func finalize() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
      var written: UInt32 = 0
      precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, &written) == 1, "libcrypto's MD5 failed")
      count = Int(written)
    }
  }

  /// Returns the digest of `bytes` as 32 lowercase hexadecimal digits.
  public static func hexadecimal(of bytes: [UInt8]) -> String {
    let hasher = MD5()
    bytes.withUnsafeBytes { hasher.update($0) }
    return lowercaseHexadecimal(hasher.finalize())
  }
}
