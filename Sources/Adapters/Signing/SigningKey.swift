internal import COpenSSL

/// The final two steps of a signature; keeps the derived key of the day and libcrypto's contexts between requests.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
final class SigningKey {
  private let secret: String
  private let region: String
  private let service: String
  private let hasher = SHA256()
  private let mac = HMACContext()
  private var day = ""
  private var scopeLine: [UInt8] = []

  init(secret: String, region: String, service: String) {
    self.secret = secret
    self.region = region
    self.service = service
  }

  /// Returns the signature of `canonicalRequest` as 64 hexadecimal digits.
  func signature(of canonicalRequest: [UInt8], at time: Timestamp) -> String {
    if time.day != day { derive(for: time.day) }
    hasher.update(canonicalRequest)
    var toSign: [UInt8] = []
    toSign.reserveCapacity(192)
    toSign.append("AWS4-HMAC-SHA256\n")
    toSign.append(time.text)
    toSign += scopeLine
    toSign.append(lowercaseHexadecimal(hasher.finalize()))
    return lowercaseHexadecimal(mac.code(of: toSign))
  }

  /// Returns the signature of a POST policy as 64 hexadecimal digits; `policy` is the Base64 text that the form sends.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
  func signature(ofPolicy policy: String, at time: Timestamp) -> String {
    if time.day != day { derive(for: time.day) }
    return lowercaseHexadecimal(mac.code(of: Array(policy.utf8)))
  }

  private func derive(for newDay: String) {
    var key = Array("AWS4".utf8) + Array(secret.utf8)
    for part in [newDay, region, service, "aws4_request"] {
      mac.setKey(key)
      OPENSSL_cleanse(&key, key.count)
      key = mac.code(of: Array(part.utf8))
    }
    mac.setKey(key)
    OPENSSL_cleanse(&key, key.count)
    day = newDay
    scopeLine = Array("\n\(newDay)/\(region)/\(service)/aws4_request\n".utf8)
  }
}
