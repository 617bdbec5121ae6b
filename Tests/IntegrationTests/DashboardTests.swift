import Foundation
import HTTP
import TestSupport
import Testing

/// The dashboard's page and JSON, through nginx.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct DashboardTests {
  private let stack: Stack
  private let admin: String
  private let nobody: String

  init() throws {
    stack = try #require(Stack.current)
    let forge = try TokenForge(stack)
    admin = try forge.token(subject: "administrator", role: "admin", expiresAt: .now + 3600)
    nobody = try forge.token(subject: "nobody-special", expiresAt: .now + 3600)
  }

  private func send(
    _ method: String,
    _ path: String,
    token: String? = nil,
    headers: [(String, String)] = [],
    body: String? = nil
  ) throws -> HTTPResponse {
    let identity = token.map { [("Authorization", "Bearer \($0)")] } ?? []
    return try stack.send(method, path, headers: identity + headers, body: body.map { Array($0.utf8) })
  }

  private func text(_ answer: HTTPResponse) -> String { String(decoding: answer.body, as: UTF8.self) }

  /// Begins a session by the form and returns its cookie, as a browser sends it.
  private func session() throws -> String {
    let answer = try form("token=\(admin)")
    #expect(answer.head.status == 303 && answer.head["Location"] == "/admin/")
    let cookie = try #require(answer.head["Set-Cookie"])
    #expect(cookie.contains("; Path=/; Max-Age=") && cookie.hasSuffix("; Secure; HttpOnly; SameSite=Strict"))
    return String(try #require(cookie.split(separator: ";").first))
  }

  private func form(_ body: String, origin: String? = nil, path: String = "/admin/session") throws -> HTTPResponse {
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", origin ?? stack.url)]
    return try send("POST", path, headers: headers, body: body)
  }

  private static let json = [
    "overview", "usage", "costs", "traffic", "queue", "jobs/failed", "invalidations", "users", "users/administrator",
    "reports",
    "health",
  ]

  @Test(arguments: json) func `a token without the role gets no number`(_ path: String) throws {
    #expect(try send("GET", "/v1/admin/\(path)", token: admin).head.status == 200)
    let refused = try send("GET", "/v1/admin/\(path)", token: nobody)
    #expect(try refused.head.status == 403 && Stack.problem(refused).code == "forbidden")
    let service = try TokenForge(stack).token(subject: "application", role: "service", expiresAt: .now + 3600)
    #expect(try send("GET", "/v1/admin/\(path)", token: service).head.status == 403)
    let unknown = try send("GET", "/v1/admin/\(path)")
    #expect(try unknown.head.status == 401 && Stack.problem(unknown).code == "unauthenticated")
  }

  @Test(arguments: ["/admin/", "/admin/main.js", "/admin/chart.js", "/admin/users.js"])
  func `a token without the role gets no file of the page, and no script`(_ path: String) throws {
    #expect(try send("GET", path, token: admin).head.status == 200)
    for (token, status) in [(nobody, 403), (nil, 401)] as [(String?, Int)] {
      let answer = try send("GET", path, token: token)
      #expect(answer.head.status == status && !text(answer).contains("<script"), "\(text(answer))")
      #expect(answer.head["X-Accel-Redirect"] == nil)
    }
  }

  @Test(arguments: [
    "/internal/admin/index.html", "/internal/admin/main.js", "/internal/admin/chart.js", "/admin/index.html",
    "/admin/../admin.js", "/admin/x/../../nginx.conf",
  ])
  func `no other address leads to the files`(_ path: String) throws {
    #expect(try [404, 400, 401].contains(send("GET", path).head.status))
  }

  @Test(arguments: ["/admin/", "/admin/main.js", "/admin/admin.css"])
  func `the page may run no inline script, and no page may frame it`(_ path: String) throws {
    let policy = try #require(send("GET", path, token: admin).head["Content-Security-Policy"])
    for part in [
      "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
      "base-uri 'none'", "form-action 'self'",
    ] { #expect(policy.split(separator: "; ").contains(part[...]), "\(policy)") }
    #expect(!policy.contains("unsafe"))
    let page = try text(send("GET", "/admin/", token: admin))
    #expect(page.firstMatch(of: /<script>|\son[a-z]+=|\sstyle=|https?:\/\//) == nil)
  }

  @Test func `the form's cookie reads; it writes for pages of this site alone`() throws {
    let cookie = ("Cookie", try session())
    #expect(try send("GET", "/v1/admin/users", headers: [cookie]).head.status == 200)
    #expect(try send("GET", "/admin/", headers: [cookie]).head.status == 200)
    let change = #"{"plan":"standard"}"#
    let type = ("Content-Type", "application/json")
    for sender in [
      [], [("Origin", "https://evil.example")], [("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
      [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "none")],
    ] {
      for (method, path) in [
        ("PATCH", "/v1/admin/users/administrator"),
        ("POST", "/v1/admin/jobs/process/0190163d-8694-739b-aea5-966c26f8ad91/retry"),
      ] {
        let answer = try send(method, path, headers: [cookie, type] + sender, body: change)
        #expect(try answer.head.status == 403 && Stack.problem(answer).code == "origin_not_allowed", "\(sender)")
      }
    }
    let own = try send(
      "PATCH",
      "/v1/admin/users/administrator",
      headers: [cookie, type, ("Origin", stack.url)],
      body: change
    )
    #expect(own.head.status == 200)
    let fetched = [cookie, type, ("Sec-Fetch-Site", "same-origin")]
    #expect(try send("PATCH", "/v1/admin/users/administrator", headers: fetched, body: change).head.status == 200)
    #expect(try send("GET", "/v1/files", headers: [cookie]).head.status == 401)
  }

  @Test func `a foreign page can neither begin nor end a session`() throws {
    for path in ["/admin/session", "/admin/session/end"] {
      for origin in ["https://evil.example", "null", stack.url + ".evil.example"] {
        let answer = try form("token=\(admin)", origin: origin, path: path)
        #expect(answer.head.status == 403 && answer.head["Set-Cookie"] == nil)
      }
    }
    let end = try form("", path: "/admin/session/end")
    #expect(end.head.status == 303 && end.head["Set-Cookie"]?.contains("Max-Age=0;") == true)
  }

  @Test func `the form refuses a token without the role, and what is no token`() throws {
    let refused = try form("token=\(nobody)")
    #expect(refused.head.status == 403 && refused.head["Set-Cookie"] == nil && !text(refused).contains("<script"))
    for body in ["token=", "token=x", "token=%3Cscript%3E", "token=\(admin)x"] {
      let answer = try form(body)
      #expect(answer.head.status == 401 && answer.head["Set-Cookie"] == nil && !text(answer).contains("<script"))
    }
    for body in ["", "token=a&token=b", "token=\(admin)&next=https://evil.example", "%zz"] {
      #expect(try form(body).head.status == 400, "\(body)")
    }
    #expect(try send("GET", "/admin/session?token=\(admin)").head.status == 405)
    #expect(try form("token=" + String(repeating: "a", count: 9000)).head.status == 413)
  }
}
