internal import COpenSSL

/// Returns true if both arrays are equal; the run time reveals no position of a difference.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  CRYPTO_memcmp(SHA256.digest(of: left), SHA256.digest(of: right), SHA256.byteCount) == 0
}

/// Returns true if both strings have the same UTF-8 bytes; the run time reveals no position of a difference.
public func constantTimeEquals(_ left: String, _ right: String) -> Bool {
  constantTimeEquals(Array(left.utf8), Array(right.utf8))
}

/// Returns the MD5 digest of `bytes` in base64 for a `Content-MD5` header, which detects accidental changes only.
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
