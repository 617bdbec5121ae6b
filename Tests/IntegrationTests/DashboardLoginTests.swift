import Foundation
import HTTP
import TestSupport
import Testing

/// The dashboard for the application's own login, and without its database.
@Suite(.enabled(if: isRunning, howToRun)) struct DashboardLoginTests {
  private func withLogin(_ headers: String, _ body: (IdentityFront) throws -> Void) throws {
    let login = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(headers)\r\n\r\n"))
    defer { login.stop() }
    try body(try IdentityFront(of: ["dashboard"], login: login.url))
  }

  @Test func `an administrator of the application opens the page and reads its numbers without a token`() throws {
    try withLogin("Stowage-User: boss\r\nStowage-Role: admin") { front in
      let page = try front.send("HEAD", "/admin/")
      #expect(page.head.status != 401 && page.head.status != 403, "\(page.head.status)")
      #expect(try front.send("GET", "/v1/admin/overview").head.status == 200)
      #expect(try front.send("POST", "/admin/session", body: "token=x").head.status == 404)
    }
  }

  @Test(arguments: ["Stowage-User: ann", "Stowage-User: app\r\nStowage-Role: service"])
  func `another person of the application gets a sentence and no form`(_ headers: String) throws {
    try withLogin(headers) { front in
      let page = try front.send("GET", "/admin/")
      let text = String(decoding: page.body, as: UTF8.self)
      #expect(page.head.status == 403 && !text.contains("<form") && !text.contains("<script"), "\(text)")
      #expect(try front.send("GET", "/v1/admin/overview").head.status == 403)
    }
  }

  @Test func `a page of another site changes nothing with the cookie of the application`() throws {
    try withLogin("Stowage-User: boss\r\nStowage-Role: admin") { front in
      for sender in [
        [(name: "Origin", value: "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")], [],
      ] {
        let cookie = (name: "Cookie", value: "session=abc")
        let path = "/v1/admin/users/boss"
        let answer = try front.send("PATCH", path, [cookie] + sender, body: #"{"plan":"standard"}"#)
        #expect(answer.head.status == 403, "\(sender): \(answer.head.status)")
      }
    }
  }
}
