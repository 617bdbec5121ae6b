import Core
import Foundation

extension SettingsReader {
  mutating func tokenSettings(_ environment: Settings.Environment) -> TokenSettings? {
    let identity = choice("STOWAGE_IDENTITY", fallback: IdentitySource.jwt)
    let keys = tokenKeys(environment, areNeeded: identity == .jwt)
    let userClaim = value("STOWAGE_TOKEN_USER_CLAIM", Self.expectedClaim, fallback: "sub") { Self.userClaim($0) }
    let issuer = optional("STOWAGE_TOKEN_ISSUER", "the iss of every token, or none") { $0 }
    let audience = optional("STOWAGE_TOKEN_AUDIENCE", "the aud of every token, or none") { $0 }
    let leeway = integer("STOWAGE_TOKEN_LEEWAY_SECONDS", 0...300, unit: "seconds", fallback: 60)
    let cookie = optional("STOWAGE_TOKEN_COOKIE", "the name of a cookie, or none") { SettingsReader.cookieName($0) }
    let listingRoles = listingRoles()
    guard let userClaim, keys != nil || identity == .nginx else { return nil }
    return TokenSettings(
      identity: identity,
      keys: keys,
      userClaim: userClaim,
      issuer: issuer,
      audience: audience,
      leewaySeconds: leeway,
      cookie: cookie,
      listingRoles: listingRoles
    )
  }

  private mutating func listingRoles() -> [Role] {
    let roles = Role.allCases.map(\.rawValue).joined(separator: ",")
    return value("STOWAGE_LISTING_ROLES", "\(roles), one of them, or none", fallback: roles) { text in
      if text == "none" { return [] }
      let words = text.split(separator: ",", omittingEmptySubsequences: false)
      let named = words.compactMap { Role(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
      return named.count == words.count ? named : nil
    } ?? []
  }

  private static let expectedClaim =
    "the name of a claim whose string names one user for good, 1 to 256 printable ASCII characters without spaces, such "
    + "as sub or https://example.com/user_id; iss, aud, exp, nbf, iat, jti and role have other meanings"

  /// Returns the text if a claim of this name can name the user; else nil.
  private static func userClaim(_ text: String) -> String? {
    let isPlain = (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    return isPlain && !["iss", "aud", "exp", "nbf", "iat", "jti", "role"].contains(text) ? text : nil
  }

  private mutating func tokenKeys(_ environment: Settings.Environment, areNeeded: Bool) -> TokenSettings.Keys? {
    let count = problems.count
    let file = optional("STOWAGE_TOKEN_KEY_FILE", "an absolute path, or none") { $0.hasPrefix("/") ? $0 : nil }
    let url = optional(
      "STOWAGE_TOKEN_KEY_URL",
      "an https URL (in development also an http one of this machine), or none"
    ) { SettingsReader.keyURL($0, environment) }
    let caFile = optional("STOWAGE_TOKEN_KEY_CA_FILE", "the path of a PEM file, or none") {
      $0.hasPrefix("/") ? $0 : nil
    }
    switch (file, url) {
    case (let file?, nil): return .file(file)
    case (nil, let url?): return .url(url, caFile: caFile)
    case (nil, nil) where !areNeeded || problems.count > count: return nil
    default:
      report("STOWAGE_TOKEN_KEY_FILE: expected either this or STOWAGE_TOKEN_KEY_URL to be set")
      return nil
    }
  }

  /// Returns the text if it is an https URL, or in development an http URL of this machine; else nil.
  private static func keyURL(_ text: String, _ environment: Settings.Environment) -> String? {
    guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil,
      url.fragment == nil
    else { return nil }
    let isLocal = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
    return url.scheme == "https" || url.scheme == "http" && isLocal && environment == .development ? text : nil
  }

  /// Returns the text if it is a valid cookie name; else nil.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#name-tokens
  private static func cookieName(_ text: String) -> String? {
    let isToken = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
    }
    return isToken && (1...128).contains(text.utf8.count) ? text : nil
  }
}
