internal import COpenSSL

/// Returns the 32 bytes of HMAC-SHA256 of `message` under `key`.
///
/// Source: https://www.rfc-editor.org/rfc/rfc2104
public func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
  let context = HMACContext()
  context.setKey(key)
  return context.code(of: message)
}

/// An HMAC-SHA256 context with one key for many messages; only one thread may use it at a time.
final class HMACContext {
  private let context: OpaquePointer

  init() {
    let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
    defer { EVP_MAC_free(algorithm) }
    guard let context = EVP_MAC_CTX_new(algorithm) else { preconditionFailure("libcrypto has no HMAC") }
    self.context = context
    var name = Array("SHA256".utf8CString)
    name.withUnsafeMutableBufferPointer { name in
      let parameters = [
        OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
      ]
      precondition(EVP_MAC_CTX_set_params(context, parameters) == 1, "libcrypto has no SHA-256")
    }
  }

  deinit { EVP_MAC_CTX_free(context) }

  /// Sets the key; an empty key becomes one zero byte.
  ///
  /// HMAC pads keys with zeros, so both keys are equivalent, and libcrypto rejects an empty key.
  func setKey(_ key: [UInt8]) {
    let padded = key.isEmpty ? [0] : key
    precondition(EVP_MAC_init(context, padded, padded.count, nil) == 1, "libcrypto's HMAC failed")
  }

  func code(of message: [UInt8]) -> [UInt8] {
    precondition(EVP_MAC_init(context, nil, 0, nil) == 1, "libcrypto's HMAC failed")
    precondition(EVP_MAC_update(context, message, message.count) == 1, "libcrypto's HMAC failed")
    return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
      let status = EVP_MAC_final(context, buffer.baseAddress, &count, SHA256.byteCount)
      precondition(status == 1, "libcrypto's HMAC failed")
    }
  }
}
