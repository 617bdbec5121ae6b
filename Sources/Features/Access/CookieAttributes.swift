import Tokens

/// The attributes of the cookies for images.
///
/// A cookie without `Domain` and a cookie with `Domain` are different cookies with the same name. After a change of the
/// domain a browser would send both, and each guard refuses cookies that occur twice. So cookies of the other kinds are
/// cleared with every response.
public struct CookieAttributes: Sendable {
  /// The maximum number of other kinds that are cleared.
  ///
  /// Three kinds of three paths with four cookies are 36 headers. curl reads 50 `Set-Cookie` headers of one response.
  private static let maximumKinds = 3
  /// The cookies that `CookieSigner` issues.
  private static let issued = SignedCookies.names.filter { $0 != "CloudFront-Expires" }

  private let domain: String?

  /// Attributes for cookies with `Domain`, or without it if `domain` is nil.
  public init(domain: String?) { self.domain = domain }

  /// Returns a `Set-Cookie` header.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6265#section-4.1
  public func header(_ name: String, _ value: String, path: String, seconds: Int) -> (name: String, value: String) {
    ("Set-Cookie", "\(name)=\(value); \(place(path, domain)); Max-Age=\(seconds); Secure; HttpOnly; SameSite=Lax")
  }

  /// Returns headers with which a browser deletes the cookies for `path`.
  public func clearing(_ path: String) -> [(name: String, value: String)] {
    (Self.issued + ["CloudFront-Expires"]).map { header($0, "", path: path, seconds: 0) }
  }

  /// Returns headers with which a browser deletes the cookies for `paths` that were issued under another
  /// `STOWAGE_COOKIE_DOMAIN`.
  public func clearingOtherKinds(on host: String, at paths: [String]) -> [(name: String, value: String)] {
    otherDomains(of: host).flatMap { domain in
      paths.flatMap { path in
        Self.issued.map { ("Set-Cookie", "\($0)=; \(place(path, domain)); Max-Age=0; Secure") }
      }
    }
  }

  /// Returns the values of `Domain` that cookies for `host` can have had before; nil stands for no `Domain`.
  ///
  /// They are no `Domain`, `host` and its parents with a dot, the shortest first. A browser ignores a domain under which
  /// everybody can register names. An address has no parents.
  func otherDomains(of host: String) -> [String?] {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.count >= 2 && labels.allSatisfy(Self.isLabel) && labels.last?.contains { $0.isLetter } == true
    let domains = isName ? (2...labels.count).map { labels.suffix($0).joined(separator: ".") } : []
    let others = ([nil] + domains).filter { $0 != domain }
    return Array(others.prefix(Self.maximumKinds))
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count) && label.wholeMatch(of: /[a-z0-9\-]+/) != nil
  }

  private func place(_ path: String, _ domain: String?) -> String {
    "Path=\(path)" + (domain.map { "; Domain=\($0)" } ?? "")
  }
}
