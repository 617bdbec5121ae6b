/// An origin of a CORS rule, in which a star stands for any text.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
struct OriginPattern {
  private let text: String

  init(_ text: String) { self.text = text }

  /// True if the pattern matches this origin.
  func covers(_ origin: String) -> Bool {
    guard let star = text.firstIndex(of: "*") else { return text == origin }
    let (start, end) = (text[..<star], text[text.index(after: star)...])
    return origin.count >= start.count + end.count && origin.hasPrefix(start) && origin.hasSuffix(end)
  }

  /// True if a star stands for more than the hosts of one site.
  ///
  /// The star in `https://*.example.com` stands for hosts of one site. Anybody can have a host under `com`, `co.uk` or
  /// `github.io`.
  var isWide: Bool {
    guard let star = text.lastIndex(of: "*") else { return false }
    let rest = text[text.index(after: star)...]
    guard rest.hasPrefix(".") else { return true }
    let labels = rest.prefix { $0 != ":" && $0 != "/" }.lowercased().split(separator: ".").map(String.init)
    return labels.count < 2 || Self.isShared(labels)
  }

  /// True for names below which strangers can have hosts: registries of countries, and services that host pages.
  ///
  /// The lists have the common ones. Source: https://publicsuffix.org/list/
  private static func isShared(_ labels: [String]) -> Bool {
    if labels.count == 2, labels[1].utf8.count == 2, registries.contains(labels[0]) { return true }
    return hosting.contains(labels.joined(separator: "."))
  }

  private static let registries: Set = [
    "ac", "co", "com", "edu", "go", "gob", "gov", "govt", "ltd", "me", "ne", "net", "nom", "or", "org", "plc", "sch",
  ]
  private static let hosting: Set = [
    "azurestaticapps.net", "azurewebsites.net", "blogspot.com", "cloudfront.net", "firebaseapp.com", "fly.dev",
    "github.io", "gitlab.io", "herokuapp.com", "netlify.app", "ngrok.io", "onrender.com", "pages.dev", "r2.dev",
    "s3.amazonaws.com", "surge.sh", "vercel.app", "web.app", "workers.dev",
  ]
}
