public import Core
public import Foundation

/// The rule by which a cookie may carry the token instead of a header.
///
/// Browsers attach cookies to every request, even if a foreign page causes the request (cross-site request forgery).
/// The page must therefore be one of the application's.
public struct CookieRule: Sendable {
  /// The cookie's name.
  public let name: String
  /// The origins of the application's pages, in addition to this site.
  public let origins: [String]

  /// Accepts tokens in the cookie `name`, in requests from pages of `origins` or of this site.
  public init(name: String, origins: [String]) {
    self.name = name
    self.origins = origins
  }

  /// Returns the cookie's value in a `Cookie` header; nil if the cookie is absent.
  ///
  /// Throws `unauthenticated` if the header has two cookies of this name: a page of a sibling host can set the second
  /// one, and their order does not show which is genuine.
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

/// The pages that may send requests with a browser's automatic credentials: those of `origins`, and those of this site.
struct ApplicationPages: Sendable {
  let origins: [String]

  /// Throws `originNotAllowed` unless an application page sent the request.
  ///
  /// Scripts cannot set `Origin` or `Sec-Fetch-Site`. `Sec-Fetch-Site: same-origin` means a page of this site. A
  /// browser without this field must send an allowed `Origin`.
  /// Source: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
  func require(_ sender: CookieSender) throws(StorageError) {
    if let origin = sender.origin, origins.contains(origin) { return }
    guard sender.fetchSite == "same-origin" else {
      throw .originNotAllowed(reason: sender.origin == nil ? "no Origin" : "its Origin is not the application's")
    }
  }
}

/// The fields by which a browser describes the page that sent the request.
public struct CookieSender: Sendable {
  /// The value of the header `Origin`.
  public let origin: String?
  /// The value of the header `Sec-Fetch-Site`.
  public let fetchSite: String?

  /// Creates a value from the two headers of a request.
  public init(origin: String?, fetchSite: String?) {
    self.origin = origin
    self.fetchSite = fetchSite
  }
}

extension Authenticator {
  /// Returns the identity of the token in a `Cookie` header.
  ///
  /// Throws `originNotAllowed` unless a page of the application sent the request, and the errors of
  /// `identify(_:actingFor:at:)`.
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

  /// Returns the identity of the token in a `Cookie` header, whichever page sent the request: for requests that change
  /// nothing and whose responses foreign pages cannot read.
  ///
  /// Throws the errors of `identify(_:actingFor:at:)`.
  public func identify(
    readingWith cookies: String,
    by rule: CookieRule,
    actingFor named: String? = nil,
    at now: Date
  ) throws(StorageError) -> Identity {
    guard let token = try rule.value(in: cookies) else { throw .unauthenticated(reason: "no cookie of that name") }
    return try identify("Bearer \(token)", actingFor: named, at: now)
  }
}
