//  authorize: decides who may see private images and images of premium visibility.
//
//  POST /v1/cookies     → 200 {"expiresAt", "paths"}, with signed cookies for these paths: the user's own private images;
//                         and the images of premium visibility: all of them on the premium plan, else the user's own
//  DELETE /v1/cookies   → 204, and the browser forgets them
//      401 unauthenticated · 503 unavailable if no signing key is set
//
//  GET /private/… or /premium/…, from nginx only, with the client's address and the CloudFront cookies as headers
//    → 204; X-Accel-Expires lets nginx cache the answer for at most 5 s, and not beyond the end of the cookies
//      403 cookies_needed otherwise, never cached; the existence of the image is not checked
//
//  Routed by nginx/handlers/authorize.conf.

import Access
import Assembly
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Logging
import Tokens

@main
struct Authorize: Handler {
  /// How long nginx may cache a permission, in seconds.
  private static let keptSeconds: Int64 = 5

  private let authenticator: Authenticator
  private let database: FileDatabase
  private let imageGuard: ImageGuard
  private let cookies: ImageCookies?
  private let attributes: CookieAttributes

  static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [.database(of: app)] + ReadinessCheck.identity(of: app)
  }

  init(_ app: some IdentityProvider & CookieKeyProvider) throws(StorageError) {
    let settings = app.settings
    authenticator = try app.authenticator()
    database = try app.database
    imageGuard = ImageGuard(imagesURL: settings.imagesURL, verifier: try app.cookieVerifier())
    cookies = try app.cookieSigner().map { signer in
      ImageCookies(imagesURL: settings.imagesURL, signer: signer, seconds: settings.cookies.seconds)
    }
    attributes = CookieAttributes(domain: settings.cookies.domain)
    if cookies == nil { app.log.notice("STOWAGE_COOKIE_SIGNING_KEY is not set: no cookies are issued") }
  }

  static func profile(of request: Request) -> ClientProfile { request.path == "/v1/cookies" ? .cookies : .own }

  func respond(to request: Request) throws -> Response {
    guard request.path == "/v1/cookies" else { return try admit(request, at: .now) }
    try request.require("POST", "DELETE")
    let user = try authenticator.identify(request).user
    return request.method == "POST" ? try give(to: user, at: .now) : clear(user)
  }

  private func admit(_ request: Request, at now: Date) throws -> Response {
    // nginx passes all cookies with every request (nginx/handlers/authorize.conf); an absent cookie is empty.
    let cookies = SignedCookies { request.header($0).flatMap { $0.isEmpty ? nil : $0 } }
    let end = try imageGuard.admit(request.path, with: cookies, from: request.remoteAddress, at: now)
    let current = Int64(now.timeIntervalSince1970)
    let kept = min(current + Self.keptSeconds, Int64(end.timeIntervalSince1970) - 1)
    // An absolute time, because nginx counts a relative time from the arrival of the response.
    return Response(status: 204, headers: kept > current ? [("X-Accel-Expires", "@\(kept)")] : [])
  }

  private func give(to user: UserID, at now: Date) throws -> Response {
    guard let cookies else { throw StorageError.unavailable(detail: "STOWAGE_COOKIE_SIGNING_KEY is not set") }
    guard let account = try database.user(user) else { throw StorageError.notFound }
    let grants = try cookies.grants(to: user, on: account.plan, at: now)
    let seconds = Int(grants.expires.timeIntervalSince(now))
    var response = Response.json(Body(expiresAt: grants.expires, paths: grants.given.map(\.path)))
    for grant in grants.given {
      for cookie in grant.cookies.pairs {
        response.headers.append(attributes.header(cookie.name, cookie.value, path: grant.path, seconds: seconds))
      }
    }
    response.headers += attributes.clearing(grants.withdrawn)
    return response
  }

  private func clear(_ user: UserID) -> Response {
    let headers = ImageCookies.paths(of: user).flatMap(attributes.clearing)
    return Response(status: 204, headers: [("Cache-Control", "no-store")] + headers)
  }

  private struct Body: Encodable {
    let expiresAt: Date
    let paths: [String]
  }
}

/// The attributes of each cookie.
private struct CookieAttributes {
  let domain: String?

  /// Returns a `Set-Cookie` header.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6265#section-4.1
  func header(_ name: String, _ value: String, path: String, seconds: Int) -> (name: String, value: String) {
    let place = "Path=\(path)" + (domain.map { "; Domain=\($0)" } ?? "")
    return ("Set-Cookie", "\(name)=\(value); \(place); Max-Age=\(seconds); Secure; HttpOnly; SameSite=Lax")
  }

  /// Returns headers with which a browser deletes all cookies for `path`.
  func clearing(_ path: String) -> [(name: String, value: String)] {
    SignedCookies.names.map { header($0, "", path: path, seconds: 0) }
  }
}
