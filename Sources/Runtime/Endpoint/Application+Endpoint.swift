public import Access
public import Assembly
public import Core
public import FastCGI
public import Foundation

extension IdentityProvider {
  /// Returns the authenticator for the configured source of identities.
  public func authenticator() throws(StorageError) -> Authenticator {
    switch settings.tokens.identity {
    case .jwt: Authenticator(verifier: try tokenVerifier(), database: try database)
    case .nginx: Authenticator(nginxWith: settings.corsOrigins, database: try database)
    }
  }
}

extension Authenticator {
  /// Returns the user of `request`; throws `unauthenticated` if the request has no valid identity.
  ///
  /// The identity comes from the bearer token, or from nginx if the settings say so. With nginx, the method also throws
  /// `originNotAllowed` for a request other than GET or HEAD that was not sent by a page of the application. A service
  /// with a `Stowage-User` header acts for that user. The identity is added to the request's log line.
  public func identify(_ request: Request, at now: Date = .now) throws(StorageError) -> Identity {
    guard !believesNginx else {
      return try identify(byNginx: request, changes: !["GET", "HEAD"].contains(request.method), at: now)
    }
    return noted(try identify(request.authorization, actingFor: request.actingFor, at: now), request)
  }

  /// Returns the user of `request`, also by a token in the cookie of `rule`; for routes on which a GET may change
  /// state.
  ///
  /// Throws `originNotAllowed` if the browser attached the credentials automatically and the request was not sent by a
  /// page of the application.
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

  /// Returns the user of a GET or HEAD request that changes nothing, also by a token in the cookie of `rule`.
  ///
  /// An address that a person follows or types has no page of the application as its sender, so any sender is accepted.
  public func identify(
    reading request: Request,
    orBy rule: CookieRule?,
    at now: Date = .now
  ) throws(StorageError) -> Identity {
    guard !believesNginx, request.authorization == nil, let rule, let cookies = request.header("Cookie") else {
      return try identify(request, at: now)
    }
    return noted(try identify(readingWith: cookies, by: rule, actingFor: request.actingFor, at: now), request)
  }

  private func identify(byNginx request: Request, changes: Bool, at now: Date) throws(StorageError) -> Identity {
    // nginx does not authenticate OPTIONS requests (nginx/snippets/login.conf), whether or not they are preflights.
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
  // Read by parameter name, because `header` builds these names again for every request. An empty header counts as
  // present: it is an error of the client, and cookies are then not used.
  fileprivate var authorization: String? { parameter("HTTP_AUTHORIZATION") }
  fileprivate var actingFor: String? { parameter("HTTP_STOWAGE_USER") }
  fileprivate var sender: CookieSender {
    CookieSender(origin: header("Origin"), fetchSite: header("Sec-Fetch-Site"))
  }
}
