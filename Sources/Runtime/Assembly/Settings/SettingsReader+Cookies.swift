import Core
import Foundation

extension SettingsReader {
  mutating func cookieSettings() -> CookieSettings {
    let standard = CookieSettings()
    let expected = "the identifier of a key pair, =, and the absolute path of a PEM file"
    let signingKey = optional("STOWAGE_COOKIE_SIGNING_KEY", "\(expected), or none") { CookieSettings.KeyFile($0) }
    let keys =
      optional("STOWAGE_COOKIE_KEYS", "\(expected), each pair once, comma-separated; or none") {
        text -> [CookieSettings.KeyFile]? in
        let items = text.split(separator: ",", omittingEmptySubsequences: false)
        let keys = items.compactMap { CookieSettings.KeyFile($0.trimmingCharacters(in: .whitespaces)) }
        let isEachOnce = Set(keys.map(\.identifier)).count == items.count
        return isEachOnce ? keys : nil
      } ?? []
    return CookieSettings(
      signingKey: signingKey,
      keys: keys,
      hash: choice("STOWAGE_COOKIE_HASH", fallback: standard.hash),
      seconds: integer("STOWAGE_COOKIE_SECONDS", 60...604_800, unit: "seconds", fallback: standard.seconds),
      domain: optional("STOWAGE_COOKIE_DOMAIN", "a host name in lower case, such as example.com, or none") { text in
        text.wholeMatch(of: /[a-z0-9\-]+(?:\.[a-z0-9\-]+)+/) == nil ? nil : text
      }
    )
  }

  /// Returns the CloudFront settings; nil if no distribution is set.
  ///
  /// The credentials default to those of the store.
  mutating func cloudFrontSettings() -> CloudFrontSettings? {
    let distribution = optional("STOWAGE_CLOUDFRONT_DISTRIBUTION", "a distribution's identifier, or none") { text in
      text.wholeMatch(of: /[A-Za-z0-9]{1,64}/) == nil ? nil : text
    }
    let url = url("STOWAGE_CLOUDFRONT_URL", fallback: "https://cloudfront.amazonaws.com")
    let keys = accessKeys("STOWAGE_CLOUDFRONT", "an access key, or none for the store's", hasToken: true)
    guard let distribution, let url else { return nil }
    return CloudFrontSettings(distribution: distribution, url: url, keys: keys)
  }
}
