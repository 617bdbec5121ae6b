public import Access
public import Assembly
public import Core
public import FastCGI
public import Foundation

extension Application {
  /// Tells who requests speak for.
  public func authenticator() throws(StorageError) -> Authenticator {
    switch settings.tokens.identity {
    case .jwt: Authenticator(verifier: try tokenVerifier(), database: try database, defaults: settings.accounts)
    case .nginx: Authenticator(nginxWith: settings.corsOrigins, database: try database, defaults: settings.accounts)
    }
  }
}

extension Authenticator {
  /// Who `request` speaks for; throws `unauthenticated` where nobody is told, or not believably.
  ///
  /// By its bearer token; or where nginx is believed, by what nginx says, and then `originNotAllowed` is thrown, too,
  /// unless it is a GET or HEAD, or a page of the application sent it. With a `Stowage-User` header it speaks for that
  /// user, if it comes from a service. The log names whoever it is.
  public func identify(_ request: Request, at now: Date = .now) throws(StorageError) -> Identity {
    guard !believesNginx else {
      return try identify(byNginx: request, changes: !["GET", "HEAD"].contains(request.method), at: now)
    }
    return noted(try identify(request.authorization, actingFor: request.actingFor, at: now), request)
  }

  /// As above, or by a token in the cookie that `rule` provides for, on routes where a GET may change something.
  ///
  /// Throws `originNotAllowed` wherever the browser sent by itself what the identity goes by, and no page of the
  /// application made it.
  public func identify(
    _ request: Request,
    orBy rule: CookieRule?,
    at now: Date = .now
  ) throws(StorageError) -> Identity {
    guard !believesNginx else { return try identify(byNginx: request, changes: true, at: now) }
    guard request.authorization == nil, let rule, let cookies = request.header("Cookie") else {
      return try identify(request, at: now)
    }
    return noted(
      try identify(cookies: cookies, from: request.sender, by: rule, actingFor: request.actingFor, at: now),
      request
    )
  }

  private func identify(byNginx request: Request, changes: Bool, at now: Date) throws(StorageError) -> Identity {
    // No login is asked about preflights (nginx/snippets/login.conf), nor about what only looks like one.
    guard request.method != "OPTIONS" else { throw .unauthenticated(reason: "OPTIONS, but no preflight") }
    return noted(
      try identify(
        nginxUser: request.parameter("STOWAGE_USER"),
        role: request.parameter("STOWAGE_ROLE"),
        changes: changes,
        from: request.sender,
        actingFor: request.actingFor,
        at: now
      ),
      request
    )
  }

  private func noted(_ identity: Identity, _ request: Request) -> Identity {
    request.notes.add("user", identity.user.description)
    if let service = identity.by { request.notes.add("by", service.description) }
    return identity
  }
}

extension Request {
  // By their parameters: `header` makes these names anew for every request.
  // Also where they are empty: a header that names nobody is a mistake, and lets no cookie in.
  fileprivate var authorization: String? { parameter("HTTP_AUTHORIZATION") }
  fileprivate var actingFor: String? { parameter("HTTP_STOWAGE_USER") }
  fileprivate var sender: CookieSender {
    CookieSender(origin: header("Origin"), fetchSite: header("Sec-Fetch-Site"))
  }
}
