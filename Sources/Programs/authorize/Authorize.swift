//  authorize: decides who may see private images and images of premium visibility.
//
//  POST /v1/cookies     → 200 {"expiresAt", "paths"}, with signed cookies for these paths: the user's own private images;
//                         and the images of premium visibility: all of them on the premium plan, else the user's own
//  DELETE /v1/cookies   → 204, and the browser forgets them
//      Both also clear cookies from before a change of STOWAGE_COOKIE_DOMAIN.
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
    let host = request.parameter("SERVER_NAME") ?? ""
    return request.method == "POST" ? try give(to: user, on: host, at: .now) : clear(user, on: host)
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

  private func give(to user: UserID, on host: String, at now: Date) throws -> Response {
    guard let cookies else { throw StorageError.unavailable(detail: "STOWAGE_COOKIE_SIGNING_KEY is not set") }
    let account = try database.userOrNew(user, at: now)
    let grants = try cookies.grants(to: user, on: account.plan, at: now)
    let seconds = Int(grants.expires.timeIntervalSince(now))
    var response = Response.json(Body(expiresAt: grants.expires, paths: grants.given.map(\.path)))
    // Cookies of another kind are cleared first: some clients count a cookie without Domain, and one whose Domain is this
    // host, as the same cookie.
    response.headers += attributes.clearingOtherKinds(on: host, at: ImageCookies.paths(of: user))
    response.headers += attributes.clearing(grants.withdrawn)
    for grant in grants.given {
      for cookie in grant.cookies.pairs {
        response.headers.append(attributes.header(cookie.name, cookie.value, path: grant.path, seconds: seconds))
      }
    }
    return response
  }

  private func clear(_ user: UserID, on host: String) -> Response {
    let paths = ImageCookies.paths(of: user)
    let headers = attributes.clearingOtherKinds(on: host, at: paths) + paths.flatMap(attributes.clearing)
    return Response(status: 204, headers: [("Cache-Control", "no-store")] + headers)
  }

  private struct Body: Encodable {
    let expiresAt: Date
    let paths: [String]
  }
}
