public import Core
public import Foundation

/// When a token may come in a cookie instead of a header.
///
/// Browsers send cookies whoever makes them ask, so the page that asked must be one of the application's.
public struct CookieRule: Sendable {
  /// The cookie's name.
  public let name: String
  /// The origins whose pages count as the application's, beside those of this site itself.
  public let origins: [String]

  /// A rule for one cookie.
  public init(name: String, origins: [String]) {
    self.name = name
    self.origins = origins
  }

  /// The cookie's value in a `Cookie` header, or nil where it is not there.
  ///
  /// Throws where it is there twice: a page of a neighbouring host can set a second one, and no order tells which is ours.
  /// Source: https://www.rfc-editor.org/rfc/rfc6265#section-8.6
  func value(in cookies: String) throws(StorageError) -> String? {
    let values = cookies.split(separator: ";").compactMap { pair -> String? in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else { return nil }
      return parts[1].trimmingCharacters(in: .whitespaces)
    }
    guard values.count < 2 else { throw .unauthenticated(reason: "the cookie is there twice") }
    return values.first
  }
}

/// The pages that may make a browser send what it sends by itself: those of some origins, and of this site.
struct ApplicationPages: Sendable {
  let origins: [String]

  /// Throws `originNotAllowed` unless one of them made the browser ask.
  ///
  /// Neither field can be set by a page. `same-origin` says that the page is this site's own; a browser that does not say
  /// so must tell the origin.
  /// Source: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
  func require(_ sender: CookieSender) throws(StorageError) {
    if let origin = sender.origin, origins.contains(origin) { return }
    guard sender.fetchSite == "same-origin" else {
      throw .originNotAllowed(reason: sender.origin == nil ? "no Origin" : "its Origin is not the application's")
    }
  }
}

/// What a browser tells of the page that made it ask.
public struct CookieSender: Sendable {
  /// `Origin`.
  public let origin: String?
  /// `Sec-Fetch-Site`.
  public let fetchSite: String?

  /// What it told.
  public init(origin: String?, fetchSite: String?) {
    self.origin = origin
    self.fetchSite = fetchSite
  }
}

extension Authenticator {
  /// The identity in a `Cookie` header; throws `unauthenticated` as the other one does, and `originNotAllowed` where no
  /// page of the application sent it.
  public func identify(
    cookies: String,
    from sender: CookieSender,
    by rule: CookieRule,
    actingFor named: String? = nil,
    at now: Date
  ) throws(StorageError) -> Identity {
    guard let token = try rule.value(in: cookies) else { throw .unauthenticated(reason: "no cookie of that name") }
    try ApplicationPages(origins: rule.origins).require(sender)
    return try identify("Bearer \(token)", actingFor: named, at: now)
  }
}
