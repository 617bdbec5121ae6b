import Access
import Core
import Endpoint
import FastCGI

/// Admits administrators: by a bearer token, by the cookie of the form, or by the identity that nginx passes on.
struct AdminDoor: Sendable {
  let authenticator: Authenticator

  /// Returns the administrator; throws `unauthenticated` without an identity, `forbidden` without the role, and
  /// `originNotAllowed` for a change by a browser that no page of this site asked for.
  func admit(_ request: Request) throws(StorageError) -> Identity {
    let rule = AdminSession.rule(on: request.siteOrigin)
    let isRead = ["GET", "HEAD"].contains(request.method)
    let identity =
      isRead
      ? try authenticator.identify(reading: request, orBy: rule) : try authenticator.identify(request, orBy: rule)
    try identity.require(.admin)
    return identity
  }
}

extension Request {
  /// The origin of this site, as pages of it send it; nginx admits only its names (nginx/local/names.conf).
  var siteOrigin: String { "https://" + (header("Host") ?? "") }

  /// The page that sent the request.
  var sender: CookieSender { CookieSender(origin: header("Origin"), fetchSite: header("Sec-Fetch-Site")) }
}
