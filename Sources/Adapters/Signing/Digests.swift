internal import COpenSSL

/// Whether both are equal, in a time that tells neither where they differ nor how long either is.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  CRYPTO_memcmp(SHA256.digest(of: left), SHA256.digest(of: right), SHA256.byteCount) == 0
}

/// Whether both are the same bytes in UTF-8, in a time that tells neither where they differ nor how long either is.
public func constantTimeEquals(_ left: String, _ right: String) -> Bool {
  constantTimeEquals(Array(left.utf8), Array(right.utf8))
}

/// The MD5 digest of `bytes` in base64, as a `Content-MD5` header wants it: against accidents, never against attackers.
///
/// Source: https://www.rfc-editor.org/rfc/rfc1864
public func contentMD5(_ bytes: [UInt8]) -> String {
  var digest = [UInt8](repeating: 0, count: 16)
  let status = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_md5(), nil)
  precondition(status == 1, "libcrypto has no MD5")
  var text = [UInt8](repeating: 0, count: 25)
  EVP_EncodeBlock(&text, digest, Int32(digest.count))
  return String(decoding: text.dropLast(), as: UTF8.self)
}
