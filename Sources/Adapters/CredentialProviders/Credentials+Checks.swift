internal import FoundationEssentials
internal import Signing

extension Credentials {
  /// The maximum length of a session token, in bytes.
  ///
  /// AWS sets no limit and advises against assuming one; a header section of the store has far less room.
  static let maximumTokenBytes = 16_384

  /// Checks the parts that `place` returned.
  ///
  /// The error names the part and never its value.
  init(
    from place: String,
    key: String,
    secret: String,
    token: String?,
    expiration: Date?
  ) throws(CredentialError) {
    guard isPrintable(key, upTo: 128), !key.utf8.contains(UInt8(ascii: "/")) else {
      throw CredentialError("\(place): the access key identifier is empty, too long or malformed")
    }
    guard isPrintable(secret, upTo: 1024) else {
      throw CredentialError("\(place): the secret key is empty, too long or malformed")
    }
    if let token, !isPrintable(token, upTo: Self.maximumTokenBytes) {
      throw CredentialError("\(place): the session token is empty, too long or malformed")
    }
    self.init(accessKeyID: key, secretAccessKey: secret, sessionToken: token, expiration: expiration)
  }
}

/// True if `text` has 1 to `limit` bytes, all of them printable ASCII without a space.
func isPrintable(_ text: String, upTo limit: Int) -> Bool {
  (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}

/// Returns the time that a service states as the end of a session, such as `2030-01-31T06:03:31Z`; nil if it is none.
///
/// Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
func sessionEnd(_ text: String) -> Date? {
  guard text.utf8.count <= 40 else { return nil }
  let whole = Date.ISO8601FormatStyle()
  let parts = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
  return (try? whole.parse(text)) ?? (try? parts.parse(text))
}
