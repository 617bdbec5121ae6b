//  authorize: who sees private and premium images.
//
//  POST /v1/cookies     → 200 {"expiresAt", "paths"}, with signed cookies for these paths: the user's own private images;
//                         and all premium ones on a premium plan, else the user's own
//  DELETE /v1/cookies   → 204, and the browser forgets them
//      401 unauthenticated · 503 unavailable where no signing key is set
//
//  GET /private/… or /premium/…, from nginx alone, with the CloudFront cookies as headers and nothing else of the request
//    → 204, and X-Accel-Expires says until when nginx need not ask again: 5 s at most, and not beyond the cookies' end
//      403 cookies_needed for all else, never kept: whether there is such an image is not looked at
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
  /// How long nginx may keep an admission, in seconds.
  private static let keptSeconds: Int64 = 5

  private let authenticator: Authenticator
  private let database: FileDatabase
  private let imageGuard: ImageGuard
  private let cookies: ImageCookies?
  private let attributes: CookieAttributes

  static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [.database(of: app)] + ReadinessCheck.identity(of: app)
  }

  init(_ app: Application) throws(StorageError) {
    let settings = app.settings
    authenticator = try app.authenticator()
    database = try app.database
    imageGuard = ImageGuard(imagesURL: settings.imagesURL, verifier: try app.cookieVerifier())
    cookies = try app.cookieSigner().map { signer in
      ImageCookies(imagesURL: settings.imagesURL, signer: signer, seconds: settings.cookies.seconds)
    }
    attributes = CookieAttributes(domain: settings.cookies.domain)
    if cookies == nil { app.log.notice("STOWAGE_COOKIE_SIGNING_KEY is not set: nobody gets cookies") }
  }

  static func profile(of request: Request) -> ClientProfile { request.path == "/v1/cookies" ? .cookies : .own }

  func respond(to request: Request) throws(StorageError) -> Response {
    guard request.path == "/v1/cookies" else { return try admit(request, at: .now) }
    try request.require("POST", "DELETE")
    let user = try authenticator.identify(request).user
    return request.method == "POST" ? try give(to: user, at: .now) : clear(user)
  }

  private func admit(_ request: Request, at now: Date) throws(StorageError) -> Response {
    // nginx names all of them with every question (nginx/handlers/authorize.conf): an empty one is not there.
    let cookies = SignedCookies { request.header($0).flatMap { $0.isEmpty ? nil : $0 } }
    let end = try imageGuard.admit(request.path, with: cookies, from: request.remoteAddress, at: now)
    let current = Int64(now.timeIntervalSince1970)
    let kept = min(current + Self.keptSeconds, Int64(end.timeIntervalSince1970) - 1)
    // An absolute time: nginx counts a relative one from when it has the answer.
    return Response(status: 204, headers: kept > current ? [("X-Accel-Expires", "@\(kept)")] : [])
  }

  private func give(to user: UserID, at now: Date) throws(StorageError) -> Response {
    guard let cookies else { throw .unavailable(detail: "STOWAGE_COOKIE_SIGNING_KEY is not set") }
    guard let account = try database.user(user) else { throw .notFound }
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

/// What goes with each cookie.
private struct CookieAttributes {
  let domain: String?

  /// `Set-Cookie`. Source: https://www.rfc-editor.org/rfc/rfc6265#section-4.1
  func header(_ name: String, _ value: String, path: String, seconds: Int) -> (name: String, value: String) {
    let place = "Path=\(path)" + (domain.map { "; Domain=\($0)" } ?? "")
    return ("Set-Cookie", "\(name)=\(value); \(place); Max-Age=\(seconds); Secure; HttpOnly; SameSite=Lax")
  }

  /// Makes a browser forget whatever there is for `path`.
  func clearing(_ path: String) -> [(name: String, value: String)] {
    SignedCookies.names.map { header($0, "", path: path, seconds: 0) }
  }
}
