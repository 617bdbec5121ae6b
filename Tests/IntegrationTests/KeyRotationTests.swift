import Foundation
import HTTP
import TestSupport
import Testing

/// Keys that change while processes run, and a service that acts for users, through nginx.
@Suite(.enabled(if: isRunning, howToRun)) struct KeyRotationTests {
  private static let (old, new) = (
    TokenForge(secret: Array("the old secret of more than 32 bytes ......".utf8)),
    TokenForge(secret: Array("the new secret of more than 32 bytes ......".utf8))
  )

  private func token(
    _ forge: TokenForge,
    _ kid: String,
    subject: String = "alice",
    role: String? = nil
  ) -> String {
    let role = role.map { #","role":"\#($0)""# } ?? ""
    let end = Int(Date.now.timeIntervalSince1970) + 600
    return forge.token(
      header: #"{"alg":"HS256","kid":"\#(kid)"}"#,
      payload: #"{"sub":"\#(subject)","exp":\#(end)\#(role)}"#
    )
  }

  @Test func `a key file is replaced without a restart, and an invalid one in between changes nothing`() throws {
    let folder = try ScratchFolder()
    let path = folder.file("keys.json")
    func put(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) }
    let (oldKey, newKey) = (Self.old.jwk(kid: "old"), Self.new.jwk(kid: "new"))
    try put(#"{"keys":[\#(oldKey)]}"#)
    let front = try IdentityFront(["STOWAGE_TOKEN_KEY_FILE": path], of: ["files", "presign"])
    let (oldToken, newToken) = (token(Self.old, "old"), token(Self.new, "new"))
    #expect(try front.status(oldToken) == 404 && front.status(newToken) == 401)
    try put(#"{"keys":[\#(oldKey),\#(newKey)]}"#)
    try front.expect(404, newToken, "the new key beside the old one")
    #expect(try front.status(oldToken) == 404)
    try put("{")
    usleep(1_500_000)
    #expect(try front.status(oldToken) == 404 && front.status(newToken) == 404 && front.readiness("files") == 200)
    try put(#"{"keys":[\#(newKey)]}"#)
    try front.expect(401, oldToken, "the end of the old key")
    #expect(try front.status(newToken) == 404)
    let claim = #"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#
    let answer = try front.send("POST", "/v1/uploads", [("Authorization", "Bearer \(newToken)")], body: claim)
    #expect(answer.head.status == 201)
  }

  @Test func `keys at a URL are awaited at the start, found by their first token, and dropped when removed`()
    throws
  {
    let pairs = try (0..<2).map { _ in try KeyPair("RSA", "-pkeyopt", "rsa_keygen_bits:2048") }
    let server = try TLSServer(servesFiles: true)
    let end = Int(Date.now.timeIntervalSince1970) + 600
    let tokens = try (0..<2).map { number in
      try pairs[number].token(
        header: #"{"alg":"RS256","kid":"key-\#(number)"}"#,
        payload: #"{"sub":"alice","exp":\#(end)}"#,
        ["-sha256"]
      )
    }
    let front = try IdentityFront([
      "STOWAGE_TOKEN_KEY_FILE": "none", "STOWAGE_TOKEN_KEY_URL": server.url + "/keys.json",
      "STOWAGE_TOKEN_KEY_CA_FILE": server.caFile,
    ])
    #expect(try front.status(tokens[0]) == 503 && front.readiness("files") == 503)
    try server.put(#"{"keys":[\#(try pairs[0].jwk(kid: "key-0"))]}"#, as: "keys.json")
    try front.expect(404, tokens[0], "the first document")
    #expect(try front.readiness("files") == 200)
    try server.put(#"{"keys":[\#(try pairs[1].jwk(kid: "key-1"))]}"#, as: "keys.json")
    try front.expect(404, tokens[1], "the key that appeared")
    try front.expect(401, tokens[0], "the end of the other")
    try server.put(nil, as: "keys.json")
    #expect(try front.status(tokens[1]) == 404)
  }

  @Test func `a service acts for the named user on every route, and the log names both`() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(Array(Self.old.jwk(kid: "main").utf8), to: "keys.json")
    let front = try IdentityFront(["STOWAGE_TOKEN_KEY_FILE": path], of: ["files", "presign"])
    let service = (
      name: "Authorization", value: "Bearer \(token(Self.old, "main", subject: "backend", role: "service"))"
    )
    let alice = (name: "Authorization", value: "Bearer \(token(Self.old, "main"))")
    let claim = #"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#
    let answer = try front.send("POST", "/v1/uploads", [service, ("Stowage-User", "alice")], body: claim)
    let ticket: Stack.Ticket = try Stack.decode(answer, status: 201)
    let line = try front.line(of: answer, in: "presign")
    #expect(line["user"] as? String == "alice" && line["by"] as? String == "backend")
    #expect(try front.send("GET", "/v1/files/\(ticket.fileId)", [alice]).head.status == 200)
    #expect(try front.send("GET", "/v1/files/\(ticket.fileId)", [service]).head.status == 404)
    #expect(try front.send("GET", "/v1/files/\(ticket.fileId)", [service, ("Stowage-User", "bob")]).head.status == 404)
    #expect(try front.send("GET", "/v1/users", [service, ("Stowage-User", "alice")]).head.status == 403)
    let form = try front.send("GET", "/uppy/s3/params?filename=a.jpg", [service, ("Stowage-User", "alice")])
    #expect(form.head.status == 200 && String(decoding: form.body, as: UTF8.self).contains("alice/"))

    for (headers, status, code) in [
      ([alice, ("Stowage-User", "bob")], 403, "forbidden"), ([alice, ("Stowage-User", "alice")], 403, "forbidden"),
      ([service, ("Stowage-User", "a b")], 400, "invalid_request"),
      ([service, ("Stowage-User", "")], 400, "invalid_request"),
      ([service, ("Stowage-User", "alice"), ("Stowage-User", "bob")], 400, "invalid_request"),
      ([("Stowage-User", "alice")], 401, "unauthenticated"),
    ] as [([(name: String, value: String)], Int, String)] {
      for (method, path) in [("GET", "/v1/files/\(ticket.fileId)"), ("POST", "/v1/uploads")] {
        let answer = try front.send(method, path, headers, body: method == "POST" ? claim : nil)
        #expect(answer.head.status == status, "\(headers) \(method)")
        #expect(try Stack.problem(answer).code == code)
      }
    }
    let underscored = try front.send("GET", "/v1/files/\(ticket.fileId)", [service, ("Stowage_User", "alice")])
    #expect(underscored.head.status == 404, "nginx drops names with underscores")
    let preflight = try front.send(
      "OPTIONS",
      "/v1/uploads",
      [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST")]
    )
    #expect(preflight.head["Access-Control-Allow-Headers"]?.lowercased().contains("stowage-user") != true)
  }
}
