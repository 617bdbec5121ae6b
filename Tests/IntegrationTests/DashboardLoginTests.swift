import Foundation
import HTTP
import TestSupport
import Testing

/// The dashboard for the application's own login, and with a damaged database.
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

  @Test func `with a damaged database the JSON fails without details, and the process goes on`() throws {
    try withLogin("Stowage-User: boss\r\nStowage-Role: admin") { front in
      #expect(try front.send("GET", "/v1/admin/queue").head.status == 200)
      for name in ["stowage.sqlite", "stowage.sqlite-wal"] {
        let file = try FileHandle(forUpdating: URL(filePath: front.folder.file(name)))
        try file.write(contentsOf: [UInt8](repeating: 0, count: Int(try file.seekToEnd())), at: 0)
      }
      for path in ["users", "jobs/failed", "invalidations", "reports", "traffic"] {
        let answer = try front.send("GET", "/v1/admin/\(path)")
        #expect(answer.head.status == 500 && answer.head["Content-Type"] == "application/problem+json", "\(path)")
        let text = String(decoding: answer.body, as: UTF8.self).lowercased()
        #expect(!text.contains("sqlite") && !text.contains(front.folder.path), "\(text)")
      }
      #expect(try front.send("GET", "/admin/none").head.status == 404)
    }
  }
}

extension FileHandle {
  fileprivate func write(contentsOf bytes: [UInt8], at offset: UInt64) throws {
    try seek(toOffset: offset)
    try write(contentsOf: bytes)
    try close()
  }
}
