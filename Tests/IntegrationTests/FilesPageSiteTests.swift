import Foundation
import HTTP
import TestSupport
import Testing

/// The files page on an installation's nginx, as the example in local/site.conf turns it on.
struct FilesPageSiteTests {
  private static let web = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../web")

  /// Starts nginx with the page, whose application is at the address `application`.
  private func site(_ application: String) throws -> Nginx {
    try .site(handlers: []) { local in
      let folder = local.appending(path: "../files").standardizedFileURL
      try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for name in ["index.html", "page.js"] {
        try? FileManager.default.copyItem(at: Self.web.appending(path: name), to: folder.appending(path: name))
      }
      try? IdentityFront.turnOn(local.appending(path: "site.conf"), from: "include snippets/files-page.conf") {
        $0.replacing("http://127.0.0.1:3000", with: application)
      }
    }
  }

  private func get(_ path: String, _ nginx: Nginx, _ headers: [(name: String, value: String)] = []) throws
    -> HTTPResponse
  {
    try HTTPClient().send(HTTPRequest("GET", "http://127.0.0.1:\(nginx.port)\(path)", headers: headers))
  }

  @Test func `the page may run its own script alone, and its short address leads to it`() throws {
    let nginx = try site("http://127.0.0.1:9")
    defer { nginx.stop() }
    let page = try get("/files/", nginx)
    #expect(page.head.status == 200 && String(decoding: page.body, as: UTF8.self).contains("<stowage-files>"))
    let policy = try #require(page.head["Content-Security-Policy"])
    #expect(policy.contains("script-src 'self';") && policy.contains("connect-src 'self' https://bucket.example.com;"))
    #expect(try get("/files/page.js", nginx).head["X-Content-Type-Options"] == "nosniff")
    let short = try get("/files", nginx)
    #expect(short.head.status == 302 && short.head["Location"]?.hasSuffix("/files/") == true)
    #expect(try get("/files/../local/site.conf", nginx).head.status == 404)
  }

  @Test func `the application gets the cookie and no other header, and no cache keeps its token`() throws {
    let application = try ScriptedServer(
      .bytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: public, max-age=600\r\n"
          + "Content-Length: 13\r\n\r\n{\"token\":\"t\"}"
      )
    )
    defer { application.stop() }
    let nginx = try site(application.url)
    defer { nginx.stop() }
    let answer = try get("/files/session.json", nginx, [("Cookie", "session=abc"), ("Stowage-User", "eve")])
    #expect(answer.head.status == 200 && String(decoding: answer.body, as: UTF8.self) == #"{"token":"t"}"#)
    #expect(answer.head["Cache-Control"] == "no-store" && answer.head["X-Content-Type-Options"] == "nosniff")
    let head = try #require(application.requests.first).head.lowercased()
    #expect(head.hasPrefix("get /stowage-token ") && head.contains("cookie: session=abc") && !head.contains("eve"))
  }

  @Test func `a person who is not signed in gets no token`() throws {
    let application = try ScriptedServer(.bytes("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    defer { application.stop() }
    let nginx = try site(application.url)
    defer { nginx.stop() }
    #expect(try get("/files/session.json", nginx).head.status == 401)
  }
}
