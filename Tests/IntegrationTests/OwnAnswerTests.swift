import Foundation
import HTTP
import TestSupport
import Testing

/// Responses that nginx makes itself: always a problem document, over HTTP/1.1 and HTTP/2, and a correct log line.
@Suite(.enabled(if: isRunning, howToRun)) struct OwnAnswerTests {
  private static let versions = ["--http1.1", "--http2"]
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  /// A response as curl prints it; only the last head counts.
  struct Shown {
    var status = 0
    var headers: [(name: String, value: String)] = []
    var body = ""

    init(_ text: String) {
      let parts = text.components(separatedBy: "\r\n\r\n")
      guard let at = parts.lastIndex(where: { $0.hasPrefix("HTTP/") }) else { return }
      let lines = parts[at].components(separatedBy: "\r\n")
      status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
      headers = lines.dropFirst().compactMap { line in
        let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        return pair.count == 2 ? (pair[0].lowercased(), pair[1]) : nil
      }
      body = parts[(at + 1)...].joined(separator: "\r\n\r\n")
    }

    func values(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
  }

  private func curl(_ arguments: [String], sending bytes: Int = 0) throws -> Shown {
    let file = try ScratchFolder.make(named: "body")
    defer { try? FileManager.default.removeItem(at: file) }
    let body = file.appending(path: "body")
    try Data(repeating: 0x20, count: bytes).write(to: body)
    let data = bytes > 0 ? ["--data-binary", "@\(body.path)"] : []
    let ca = ["--cacert", try #require(stack.environment["STOWAGE_CA"])]
    let common = ["-s", "-i", "--noproxy", "*", "--max-time", "30", "-H", "Expect:", "--path-as-is"] + ca
    return Shown(String(decoding: try run("curl", common + data + arguments), as: UTF8.self))
  }

  /// Sends `request` as it is over TLS and returns the response.
  private func raw(_ request: String) throws -> Shown {
    let authority = try #require(URL(string: stack.url)?.port)
    let send = #"printf %b "$1" | timeout 20 openssl s_client -quiet -connect "localhost:$2" 2> /dev/null; true"#
    return Shown(String(decoding: try run("bash", ["-c", send, "raw", request, String(authority)]), as: UTF8.self))
  }

  private func expectProblem(_ answer: Shown, _ status: Int, _ what: String, from origin: String? = nil) throws {
    #expect(answer.status == status, "\(what)")
    #expect(answer.values("content-type") == ["application/problem+json"], "\(what)")
    #expect(answer.values("cache-control") == ["no-store"], "\(what)")
    #expect(answer.values("x-content-type-options") == ["nosniff"], "\(what)")
    #expect(answer.values("access-control-allow-origin") == (origin.map { [$0] } ?? []), "\(what)")
    guard answer.values("content-type") == ["application/problem+json"] else { return }
    let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
    #expect(document?["status"] as? Int == status && document?["code"] is String, "\(what)")
    #expect(answer.values("content-length") == ["\(answer.body.utf8.count)"], "\(what)")
  }

  @Test(arguments: [
    ("/v1/uploads", 9_000), ("/v1/uploads", 140_000), ("/v1/uploads", 2_000_000), ("/v1/files/delete", 140_000),
    ("/uppy/s3/multipart", 70_000), ("/uppy/s3/multipart", 140_000), ("/uppy/s3/multipart/x/complete", 1_100_000),
    ("/nothing", 140_000), ("/v1/cookies", 140_000),
  ])
  func `a body that is too long gets a problem document, however it is sent`(path: String, bytes: Int) throws {
    for version in Self.versions {
      for length in [[], ["-H", "Transfer-Encoding: chunked"]] {
        // If nginx reads nothing of a body, it does not check the length until the length is known.
        let status = path == "/nothing" ? [404, 413] : [413]
        let arguments = [version, "-H", "Origin: \(stack.url)"] + length + [stack.url + path]
        let answer = try curl(arguments, sending: bytes)
        let what = "\(version) \(path) \(bytes) \(length)"
        #expect(status.contains(answer.status), "\(what)")
        try expectProblem(answer, answer.status, what, from: stack.url)
      }
    }
  }

  @Test func `a refusal by nginx is a problem document in both versions, also for a page of this site`() throws {
    let long = String(repeating: "a", count: 9_000)
    let refusals: [(Int, [String])] = [
      (400, ["/images/%zz"]), (400, ["/images/%00"]), (404, ["/nothing"]), (404, ["/problem/404"]),
      (405, ["-X", "POST", "/images/a/b"]), (405, ["-X", "TRACE", "/v1/files"]), (403, ["/private/a/b"]),
    ]
    for (status, arguments) in refusals {
      for version in Self.versions {
        let target = stack.url + (arguments.last ?? "")
        let all = [version, "-H", "Origin: \(stack.url)"] + arguments.dropLast() + [target]
        let answer = try curl(all)
        // If nginx cannot parse the request line, it does not read the headers.
        let origin = status == 400 ? answer.values("access-control-allow-origin").first : stack.url
        try expectProblem(answer, status, "\(version) \(arguments)", from: origin)
        guard arguments.count == 1 else { continue }
        let head = try curl(["--head"] + all)
        #expect(
          head.status == status && head.body.isEmpty && head.values("content-length") == answer.values("content-length")
        )
      }
    }
    let headers = (0..<4).flatMap { ["-H", "X-Long-\($0): \(long)"] }
    // Over HTTP/2 nginx closes the connection.
    try expectProblem(try curl(["--http1.1"] + headers + [stack.url + "/v1/files"]), 400, "headers")
    try expectProblem(try curl(["--http1.1", stack.url + "/" + long + long]), 414, "address")
    _ = try? curl(["--http2"] + headers + [stack.url + "/v1/files"])
    for (lines, status) in [
      ("GET / HTTP/3.0\\r\\nHost: localhost\\r\\n", 505), ("GET / HTTP/2.0\\r\\nHost: localhost\\r\\n", 505),
      ("POST /v1/uploads HTTP/1.1\\r\\nHost: localhost\\r\\nTransfer-Encoding: foo\\r\\n", 501),
      ("GET /v1/files HTTP/1.1\\r\\n", 400), ("GET /v1/files HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\n", 400),
      ("GET  HTTP/1.1\\r\\nHost: localhost\\r\\n", 400), ("\\x01 / HTTP/1.1\\r\\nHost: localhost\\r\\n", 400),
      ("POST /v1/uploads HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: x\\r\\n", 400),
    ] { try expectProblem(try raw(lines + "Connection: close\\r\\n\\r\\n"), status, lines) }
    let origin = "Origin: \(stack.url)\\r\\n"
    let foreign = "POST /v1/uploads HTTP/1.1\\r\\nHost: localhost\\r\\n\(origin)Transfer-Encoding: foo\\r\\n"
    try expectProblem(try raw(foreign + "Connection: close\\r\\n\\r\\n"), 501, "for a page", from: stack.url)
  }

  @Test func `a missing or silent process gives a 502 or 504 document, whatever the request contains`() throws {
    let app = "https://app.example.com"
    let folder = try ScratchFolder.make(named: "silent")
    defer { try? FileManager.default.removeItem(at: folder) }
    let silent = try UnixSocket.listener(at: folder.appending(path: "presign.sock").path)
    defer { close(silent) }
    chmod(folder.appending(path: "presign.sock").path, 0o666)
    for (sockets, status) in [(nil, 502), (folder.path, 504)] as [(String?, Int)] {
      for (listen, version) in [("", "--http1.1"), (" http2", "--http2-prior-knowledge")] {
        let nginx = try Nginx.site(handlers: ["presign"], sockets: sockets, listen: listen) { local in
          for name in ["companion", "open-api"] {
            let file = local.deletingLastPathComponent().appending(path: "snippets/\(name).conf")
            let text = try? String(contentsOf: file, encoding: .utf8)
            try? text?.replacing("fastcgi_read_timeout 30s", with: "fastcgi_read_timeout 1s")
              .write(to: file, atomically: true, encoding: .utf8)
          }
        }
        defer { nginx.stop() }
        for (path, bytes) in [("/v1/uploads", 5), ("/uppy/s3/multipart/x/complete", 140_000), ("/uppy/s3/params", 0)] {
          let url = "http://127.0.0.1:\(nginx.port)\(path)"
          let answer = try curl([version, "-H", "Origin: \(app)", url], sending: bytes)
          try expectProblem(answer, status, "\(version) \(path)", from: app)
          #expect(answer.values("retry-after") == ["1"])
        }
      }
    }
  }

  @Test
  func `plain HTTP at the HTTPS port, and a redirect to a slash, use no host name from the client`()
    throws
  {
    let port = try #require(URL(string: stack.url)?.port)
    for path in ["/images", "/v1/links", "/premium", "/private", "/files"] {
      for version in Self.versions {
        let answer = try curl([version, "-H", "Host: evil.example", stack.url + path])
        #expect(
          !answer.headers.contains { $0.value.contains("evil.example") } && !answer.body.contains("evil"),
          "\(path)"
        )
      }
    }
    #expect(try curl([stack.url + "/images"]).values("location") == ["/images/"])
    // The stack's local/site.conf redirects to HTTPS. On other installations this file is empty.
    #expect(try curl(["http://localhost:\(port)/x"]).status == 308)
  }

  @Test func `the log has the requested method and path, in UTF-8, and no secret of a link`() throws {
    let mark = UUID().uuidString.lowercased()
    let secret = String(repeating: mark.replacing("-", with: ""), count: 2)
    let end = " HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
    let requests: [(sent: String, method: String, path: String)] = [
      ("PUT /\(mark)/nothing?q=\(secret)" + end, "PUT", "/\(mark)/nothing"),
      ("DELETE /\(mark)/a%22b%5C%0A%C3%BC?x" + end, "DELETE", "/\(mark)/a\"b\\\nü"),
      ("GET /\(mark)/\\xc3\\xbc/x" + end, "GET", "/\(mark)/ü/x"),
      ("GET /\(mark)/ok/%FF%FE/x" + end, "GET", "/\(mark)/ok/\u{FFFD}"),
      ("GET /\(mark)/\\xed\\xa0\\x80/x" + end, "GET", "/\(mark)/\u{FFFD}"),
      ("PATCH /\(mark)/a/../b//c" + end, "PATCH", "/\(mark)/b/c"),
      ("OPTIONS /images/\(mark)/%zz?q=\(secret)" + end, "OPTIONS", "/images/\(mark)/%zz"),
      (
        "POST /v1/uploads/\(mark) HTTP/1.1\\r\\nHost: localhost\\r\\nTransfer-Encoding: foo\\r\\n\\r\\n", "POST",
        "/v1/uploads/\(mark)"
      ),
      ("POST /v1/uploads/\(mark) HTTP/3.0\\r\\nHost: localhost\\r\\n\\r\\n", "POST", "/v1/uploads/\(mark)"),
      ("PUT /v1/links/\(secret)\(mark)" + end, "PUT", "/v1/links/"),
      ("PUT /v1/l%69nks/\(secret)%zz" + end, "PUT", "/v1/l%69nks"),
      ("PUT /x/..//v1/links/\(secret)" + end, "PUT", "/v1/links/"),
    ]
    for request in requests { _ = try raw(request.sent) }
    _ = try curl(["--http2", "-X", "POST", stack.url + "/v1/uploads/\(mark)-2"], sending: 140_000)
    usleep(300_000)
    let log = try Data(contentsOf: stack.folder.appending(path: "nginx/logs/access.log"))
    let text = try #require(String(validating: log, as: UTF8.self), "the log is UTF-8")
    let lines = try text.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
    for (sent, method, path) in requests + [("a body over HTTP/2", "POST", "/v1/uploads/\(mark)-2")] {
      #expect(lines.contains { $0["method"] as? String == method && $0["path"] as? String == path }, "\(sent)")
    }
    #expect(!text.contains(secret))
    let own = ["/problem/400", "/problem/405", "/problem/413", "/problem/501", "/problem/505"]
    for path in own { #expect(!lines.contains { $0["path"] as? String == path }, "\(path)") }
  }

  @Test func `TLS keys are agreed with three groups only`() throws {
    let port = try #require(URL(string: stack.url)?.port)
    func agrees(_ group: String) -> Bool {
      let ask =
        "openssl s_client -tls1_3 -groups \(group) -connect localhost:\(port) < /dev/null 2>&1 | grep -q 'Cipher is TLS'"
      return (try? run("bash", ["-c", ask])) != nil
    }
    for group in ["X25519", "P-256", "P-384"] { #expect(agrees(group), "\(group)") }
    for group in ["X448", "P-521"] { #expect(!agrees(group), "\(group)") }
  }
}
