public import Access
public import Assembly
public import Core
public import FastCGI
public import Foundation

extension Application {
  /// Tells who requests speak for.
  public func authenticator() throws(StorageError) -> Authenticator {
    Authenticator(verifier: try tokenVerifier(), database: try database, defaults: settings.accounts)
  }
}

extension Authenticator {
  /// Who `request` speaks for; throws `unauthenticated` where nobody is told, or not believably.
  public func identify(_ request: Request, at now: Date = .now) throws(StorageError) -> Identity {
    try identify(request.header("Authorization"), at: now)
  }

  /// As above, or by a token in the cookie that `rule` provides for; throws `originNotAllowed` too.
  public func identify(
    _ request: Request,
    orBy rule: CookieRule?,
    at now: Date = .now
  ) throws(StorageError) -> Identity {
    let authorization = request.header("Authorization")
    guard authorization == nil, let rule, let cookies = request.header("Cookie") else {
      return try identify(authorization, at: now)
    }
    let sender = CookieSender(origin: request.header("Origin"), fetchSite: request.header("Sec-Fetch-Site"))
    return try identify(cookies: cookies, from: sender, by: rule, at: now)
  }
}
