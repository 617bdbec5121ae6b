import Foundation
import HTTP
import TestSupport
import Testing

/// Identity from the application's own login: nginx asks the login, and processes trust nginx only.
@Suite(.enabled(if: isRunning, howToRun)) struct OwnLoginTests {
  private static let file = "/v1/files/017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
  private static let claim = #"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#
  private static let settings = ["STOWAGE_CORS_ORIGINS": "https://app.example.com"]
  private static let page = (name: "Origin", value: "https://app.example.com")

  private static func answer(_ status: String, _ headers: String...) -> ScriptedServer.Answer {
    .bytes("HTTP/1.1 \(status)\r\n" + headers.map { $0 + "\r\n" }.joined() + "Content-Length: 0\r\n\r\n")
  }

  private func withLogin(
    _ answer: ScriptedServer.Answer,
    processes: [String] = ["files"],
    _ body: (IdentityFront, ScriptedServer) throws -> Void
  ) throws {
    let login = try ScriptedServer(answer)
    defer { login.stop() }
    try body(try IdentityFront(Self.settings, of: processes, login: login.url), login)
  }

  /// Headers with which an outsider may try to impersonate a user.
  private static let forged: [[(name: String, value: String)]] = [
    [("Stowage-User", "eve"), ("Stowage-Role", "admin")], [("STOWAGE_USER", "eve"), ("STOWAGE_ROLE", "admin")],
    [("X-Stowage-User", "eve"), ("X-User", "eve"), ("X-Forwarded-User", "eve"), ("Remote-User", "eve")],
    [("Stowage-User", "eve"), ("Stowage-User", "eve")], [("stowage-user", "eve"), ("STOWAGE-ROLE", "service")],
    [("HTTP_STOWAGE_USER", "eve"), ("Http-Stowage-User", "eve")],
  ]

  @Test func `a logged-in user has files, and the login gets the cookie and no forged header`() throws {
    try withLogin(Self.answer("200 OK", "Stowage-User: alice"), processes: ["files", "presign"]) { front, login in
      let cookie = (name: "Cookie", value: "session=abc")
      let made = try front.send("POST", "/v1/uploads", [cookie, Self.page], body: Self.claim)
      let ticket: Stack.Ticket = try Stack.decode(made, status: 201)
      #expect(made.head["Access-Control-Allow-Credentials"] == "true")
      #expect(try front.line(of: made, in: "presign")["user"] as? String == "alice")
      let looked = try front.send("GET", "/v1/files/\(ticket.fileId)", [cookie, ("Authorization", "Bearer x")])
      #expect(looked.head.status == 200)
      for headers in Self.forged where headers.allSatisfy({ $0.name.lowercased() != "stowage-user" }) {
        #expect(try front.send("GET", "/v1/users", headers + [cookie]).head.status == 403, "\(headers)")
        #expect(try front.send("GET", "/v1/files/\(ticket.fileId)", headers).head.status == 200, "\(headers)")
      }
      for headers in Self.forged where headers.contains(where: { $0.name.lowercased() == "stowage-user" }) {
        #expect(try front.send("GET", "/v1/files/\(ticket.fileId)", headers).head.status == 403, "\(headers)")
      }
      let heads = login.requests.map { $0.head.lowercased() }
      #expect(heads.allSatisfy { $0.hasPrefix("get /session ") && !$0.contains("eve") && !$0.contains("content-type") })
      #expect(heads.allSatisfy { !$0.contains("stowage") && $0.contains("x-original-uri: /v1/") })
      #expect(heads[0].contains("cookie: session=abc") && heads[0].contains("x-original-method: post"))
    }
  }

  @Test func `a link needs no login, and no login gets its secret`() throws {
    try withLogin(Self.answer("401 Unauthorized")) { front, login in
      let paths =
        ["/v1/files"] + ["/v1/links/", "/v1//links/", "/v1/%6cinks/"].map { $0 + String(repeating: "0f", count: 32) }
      let statuses = try paths.map { path in try front.send("GET", path).head.status }
      #expect(statuses == [401, 404, 404, 404])
      #expect(login.requests.count == 1)
    }
  }

  @Test func `the role is the one that the login returns, and a service acts for others`() throws {
    try withLogin(Self.answer("204 No Content", "Stowage-User: backend", "Stowage-Role: service")) { front, _ in
      #expect(try front.send("GET", "/v1/users").head.status == 200)
      #expect(try front.send("GET", "/v1/users", [("Stowage-User", "alice")]).head.status == 403)
      let answer = try front.send("GET", Self.file, [("Stowage-User", "alice")])
      let line = try front.line(of: answer)
      #expect(answer.head.status == 404 && line["user"] as? String == "alice" && line["by"] as? String == "backend")
    }
  }

  private static let refusals: [(answer: ScriptedServer.Answer, status: Int, code: String)] = [
    (answer("401 Unauthorized", "Stowage-User: eve"), 401, "unauthenticated"),
    (answer("403 Forbidden", "Stowage-User: eve"), 403, "forbidden"),
    (answer("200 OK"), 503, "unavailable"), (answer("200 OK", "Stowage-User:"), 503, "unavailable"),
    (answer("200 OK", "Stowage-User: eve and bob"), 503, "unavailable"),
    (answer("200 OK", "X-User: eve", "User: eve"), 503, "unavailable"),
    (answer("302 Found", "Location: /login", "Stowage-User: eve"), 503, "unavailable"),
    (answer("404 Not Found", "Stowage-User: eve"), 503, "unavailable"),
    (answer("500 Internal Server Error", "Stowage-User: eve"), 503, "unavailable"),
    (.cut(after: ""), 503, "unavailable"),
    (.cut(after: "HTTP/1.1 200 OK\r\nStowage-User: eve\r\n"), 503, "unavailable"),
    (.cut(after: "nonsense\r\n\r\n"), 503, "unavailable"),
  ]

  @Test func `a request that the login refuses is refused, whatever the headers say`() throws {
    let attempts = Self.forged + [[]]
    let login = try ScriptedServer(
      Self.refusals.flatMap { [ScriptedServer.Answer](repeating: $0.answer, count: attempts.count) }
    )
    defer { login.stop() }
    let front = try IdentityFront(Self.settings, login: login.url)
    for (scripted, status, code) in Self.refusals {
      for headers in attempts {
        let answer = try front.send("GET", Self.file, headers + [Self.page])
        #expect(answer.head.status == status, "\(scripted) \(headers)")
        #expect(try Stack.problem(answer).code == code)
        #expect(answer.head["Access-Control-Allow-Credentials"] == "true")
      }
    }
    #expect(login.requests.count == Self.refusals.count * attempts.count)
  }

  private func problem(_ front: IdentityFront) throws -> String {
    let answer = try front.send("GET", Self.file)
    #expect(answer.head.status == 503 && answer.head["Retry-After"] != nil)
    return try #require(front.line(of: answer)["problem"] as? String)
  }

  @Test func `a login that returns no user counts as unavailable, and the log says what to fix`() throws {
    for headers in [["Stowage-Role: admin"], ["Stowage-User: a b"]] {
      let login = try ScriptedServer(
        .bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(headers.joined(separator: "\r\n"))\r\n\r\n")
      )
      defer { login.stop() }
      let problem = try problem(IdentityFront(Self.settings, login: login.url))
      #expect(problem.contains("Stowage-User") && problem.contains("let it"), "\(problem)")
    }
  }

  @Test func `if a login returns two users, no nginx accepts the second`() throws {
    // nginx before 1.23 reads only the first header. Later versions join both, which is no valid identifier.
    try withLogin(Self.answer("200 OK", "Stowage-User: alice", "Stowage-User: bob")) { front, _ in
      let answer = try front.send("GET", Self.file)
      let line = try front.line(of: answer)
      if answer.head.status == 503 {
        #expect((line["problem"] as? String)?.contains("let it stand there once") == true)
      } else {
        #expect(answer.head.status == 404 && line["user"] as? String == "alice")
      }
    }
  }

  @Test func `an nginx that asks no login refuses everybody, and the log says how to activate it`() throws {
    let front = try IdentityFront(Self.settings.merging(["STOWAGE_IDENTITY": "nginx"]) { $1 })
    #expect(try problem(front).contains("nginx/local/identity.conf"))
    for headers in Self.forged { #expect(try front.send("GET", Self.file, headers).head.status == 503, "\(headers)") }
  }

  @Test func `a login that is down or does not answer refuses everybody, within the time limit`() throws {
    let gone = try ScriptedServer(Self.answer("200 OK", "Stowage-User: alice"))
    gone.stop()
    let front = try IdentityFront(Self.settings, login: gone.url)
    #expect(try Stack.problem(front.send("GET", Self.file)).status == 503)
    try withLogin(.stall(after: "HTTP/1.1 200 OK\r\nStowage-User: alice\r\n")) { front, _ in
      let answer = try front.send("GET", Self.file)
      #expect(answer.head.status == 503 && answer.head["Retry-After"] != nil)
    }
  }

  @Test func `a page of another origin changes nothing, and reading needs no page`() throws {
    try withLogin(Self.answer("200 OK", "Stowage-User: alice"), processes: ["files", "presign"]) { front, _ in
      let foreign: [[(name: String, value: String)]] = [
        [], [("Origin", "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")], [("Referer", "https://app.example.com/")], [("Authorization", "Bearer x")],
      ]
      for headers in foreign {
        for (method, path) in [
          ("POST", "/v1/uploads"), ("DELETE", "/v1/uploads/017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
          ("GET", "/uppy/s3/params?filename=a.jpg"), ("POST", "/uppy/s3/multipart"),
        ] {
          let answer = try front.send(method, path, headers, body: method == "POST" ? Self.claim : nil)
          #expect(answer.head.status == 403, "\(method) \(path) \(headers)")
          #expect(try Stack.problem(answer).code == "origin_not_allowed")
        }
        #expect(try front.send("GET", Self.file, headers).head.status == 404)
      }
      for headers in [[Self.page], [("Sec-Fetch-Site", "same-origin")]] as [[(name: String, value: String)]] {
        #expect(try front.send("POST", "/v1/uploads", headers, body: Self.claim).head.status == 201)
        #expect(try front.send("GET", "/uppy/s3/params?filename=a.jpg", headers).head.status == 200)
      }
    }
  }

  @Test func `a preflight is answered without asking the login`() throws {
    try withLogin(Self.answer("401 Unauthorized"), processes: ["presign", "files"]) { front, login in
      let answer = try front.send(
        "OPTIONS",
        "/v1/uploads",
        [Self.page, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")]
      )
      #expect(answer.head.status == 204 && answer.head["Access-Control-Allow-Credentials"] == "true")
      let bare = try front.send("OPTIONS", Self.file, [Self.page])
      #expect(bare.head.status == 401, "no preflight, and nobody's fault but the client's")
      #expect(login.requests.isEmpty)
    }
  }

  @Test func `with tokens, no header of a client is taken for nginx's identity`() throws {
    let front = try IdentityFront()
    for headers in Self.forged {
      let answer = try front.send("GET", Self.file, headers)
      #expect(answer.head.status == 401, "\(headers)")
    }
  }
}
