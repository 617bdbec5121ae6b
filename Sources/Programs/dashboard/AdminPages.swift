import Access
import Core
import Endpoint
import FastCGI
import Foundation

/// The page of administrators and its form.
///
/// nginx sends the files (X-Accel-Redirect), after this process has admitted the request.
struct AdminPages: Sendable {
  private static let folder = "/internal/admin/"

  let door: AdminDoor
  let session: AdminSession

  func respond(to request: Request) throws -> Response {
    switch request.path {
    case "/admin/session":
      try request.require("POST")
      return try begin(request)
    case "/admin/session/end":
      try request.require("POST")
      return Self.redirect(with: try AdminSession.end(from: request.sender, on: request.siteOrigin))
    case "/admin/":
      try request.require("GET", "HEAD")
      return try page(request)
    case "/admin/admin.css":
      try request.require("GET", "HEAD")
      return Self.file("admin.css")
    default:
      try request.require("GET", "HEAD")
      guard let name = request.path.wholeMatch(of: /\/admin\/([a-z]+(?:-[a-z]+)*\.js)/)?.1 else {
        throw StorageError.notFound
      }
      _ = try door.admit(request)
      return Self.file(String(name))
    }
  }

  private func page(_ request: Request) throws(StorageError) -> Response {
    do throws(StorageError) {
      _ = try door.admit(request)
      return Self.file("index.html")
    } catch {
      switch error {
      case .unauthenticated where !door.authenticator.believesNginx:
        return Self.html(401, SignInPage.form(problem: request.hasSession ? SignInPage.ended : nil))
      case .forbidden: return Self.html(403, SignInPage.refusal(canSignOut: request.hasSession))
      default: throw error
      }
    }
  }

  private func begin(_ request: Request) throws(StorageError) -> Response {
    guard !door.authenticator.believesNginx else { throw .notFound }
    guard let token = try Self.token(in: request) else {
      throw .invalidRequest("the form must have the field token, and no other")
    }
    do throws(StorageError) {
      return Self.redirect(with: try session.begin(token, from: request.sender, on: request.siteOrigin, at: .now))
    } catch {
      switch error {
      case .unauthenticated(let reason):
        request.notes.add("refused", reason)
        return Self.html(401, SignInPage.form(problem: SignInPage.notValid))
      case .forbidden: return Self.html(403, SignInPage.refusal(canSignOut: false))
      default: throw error
      }
    }
  }

  /// Returns the only field of the form; nil if the body is no form with that field alone.
  private static func token(in request: Request) throws(StorageError) -> String? {
    let type = request.header("Content-Type")?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces)
      .lowercased()
    guard type == "application/x-www-form-urlencoded" else { return nil }
    let form = Request(method: "GET", path: "/", query: String(decoding: request.body, as: UTF8.self))
    let fields = try form.queryParameters("token")
    return fields["token"]
  }

  private static func file(_ name: String) -> Response {
    Response(status: 200, headers: [("X-Accel-Redirect", folder + name), ("Cache-Control", "private, no-cache")])
  }

  private static func redirect(with cookie: (name: String, value: String)) -> Response {
    Response(status: 303, headers: [("Location", "/admin/"), cookie, ("Cache-Control", "no-store")])
  }

  private static func html(_ status: Int, _ text: String) -> Response {
    var headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    if status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    return Response(status: status, headers: headers, body: .bytes(Array(text.utf8)))
  }
}

extension Request {
  fileprivate var hasSession: Bool { header("Cookie")?.contains(AdminSession.cookieName + "=") == true }
}
