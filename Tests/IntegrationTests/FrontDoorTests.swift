import Foundation
import HTTP
import TestSupport
import Testing

/// Responses that nginx makes itself, with curl as the client: it can choose TLS versions and its source address.
@Suite(.enabled(if: isRunning, howToRun)) struct FrontDoorTests {
  private let stack: Stack
  private let authority: String

  init() throws {
    stack = try #require(Stack.current)
    authority = try #require(stack.environment["STOWAGE_CA"])
  }

  @Test(arguments: [
    ("GET", "/nothing/here", 404, "not_found"),
    ("POST", "/images/demo/file/thumb.webp", 405, "method_not_allowed"),
    ("POST", "/v1/uploads", 413, "body_too_large"),
    ("POST", "/events/seaweedfs", 404, "not_found"),
  ])
  func `an error response of nginx is a problem document`(
    method: String,
    path: String,
    status: Int,
    code: String
  ) throws {
    let body = [UInt8](repeating: 0x20, count: status == 413 ? 8_193 : 2)
    let answer = try stack.send(method, path, body: method == "POST" ? body : nil)
    #expect(answer.head.status == status)
    #expect(answer.head["Content-Type"] == "application/problem+json")
    #expect(try Stack.problem(answer).code == code)
  }

  @Test(arguments: [
    ("presign", "/v1/uploads", 8 << 10), ("presign", "/v1/uploads/x/parts", 8 << 10),
    ("files", "/v1/files/delete", 8 << 10),
    ("files", "/v1/users/x", 8 << 10), ("authorize", "/v1/cookies", 8 << 10),
    ("presign", "/uppy/s3/multipart", 64 << 10),
    ("presign", "/uppy/s3/multipart/x/complete", 1 << 20),
  ])
  func `a route accepts bodies up to its own limit, in nginx and behind it`(
    process: String,
    path: String,
    limit: Int
  ) throws {
    for (count, isTooLarge) in [(limit, false), (limit + 1, true)] {
      let body = [UInt8](repeating: 0x20, count: count)
      let headers = [(name: "Authorization", value: "Bearer \(stack.token)")]
      let atNginx = try stack.send("POST", path, headers: headers, body: body)
      let behind = try FastCGIClient(process, of: stack).ask(
        "POST",
        path,
        json: String(decoding: body, as: UTF8.self),
        token: stack.token
      )
      for answer in [atNginx, behind] { #expect((answer.head.status == 413) == isTooLarge, "\(count): \(answer.head)") }
    }
  }

  @Test(arguments: [
    ("/images/%00", "400"), ("/images/%zz", "400"), ("/../x", "400"),
    ("/" + String(repeating: "a", count: 17_000), "414"),
  ])
  func `a malformed request gets a problem document with the security headers`(path: String, status: String) throws {
    let answer = try curl(["--http1.1", "--path-as-is", "-i", stack.url + path])
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    #expect(answer.contains("application/problem+json") && answer.contains("nosniff"))
  }

  @Test(arguments: ["/v1/files/none", "/images/demo/none", "/nothing", "/files/"])
  func `every response has each security header once and hides nginx's version`(path: String) throws {
    let headers = try stack.send("GET", path).head.headers
    func values(_ name: String) -> [String] {
      headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
    #expect(values("x-content-type-options") == ["nosniff"])
    #expect(values("referrer-policy") == ["no-referrer"])
    #expect(values("x-request-id").map(\.count) == [32])
    #expect(values("server") == ["nginx"])
    #expect(values("strict-transport-security") == [], "not in development")
  }

  @Test func `TLS 1.2 and 1.3 with HTTP/2 are supported, TLS 1.1 is not`() throws {
    for version in ["1.2", "1.3"] {
      let options = ["--tlsv\(version)", "--tls-max", version]
      #expect(
        try curl(options + ["-o", "/dev/null", "-w", "%{http_code} %{http_version}", "\(stack.url)/files/"]) == "200 2"
      )
    }
    #expect(throws: Unexpected.self) { try curl(["--tlsv1.0", "--tls-max", "1.1", "\(stack.url)/files/"]) }
  }

  @Test func `the events listener has no other route`() throws {
    let events = try #require(URL(string: stack.eventsURL))
    #expect(events.host() == "127.0.0.1")
    for path in ["/v1/uploads", "/images/demo/none", "/files/session.json"] {
      #expect(try stack.send("GET", "http://127.0.0.1:\(try #require(events.port))\(path)").head.status == 404)
    }
  }

  @Test func `an address over the rate limit must wait, and no other address`() throws {
    let port = try #require(URL(string: stack.url)?.port)
    let answers = try curl([
      "--interface", "127.0.0.2", "-Z", "--parallel-max", "30", "-D", "-", "-o", "/dev/null",
      "https://127.0.0.1:\(port)/v1/files/none?[1-200]",
    ]).lowercased()
    #expect(answers.contains(" 401") && answers.contains(" 429") && answers.contains("retry-after: 1"))
    #expect(try stack.send("GET", "/v1/files/none").head.status == 401)
  }

  @Test func `no log of nginx contains a query string or a token`() throws {
    let mark = "mark-\(UUID().uuidString)"
    let headers = [(name: "Authorization", value: "Bearer \(mark)")]
    for path in ["/v1/files/none", "/nothing", "/images/demo/none", "/files/"] {
      _ = try stack.send("GET", "\(path)?secret=\(mark)", headers: headers)
    }
    let folder = stack.folder.appending(path: "nginx/logs")
    let logs = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let text = try logs.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    #expect(text.contains("\"path\":\"/v1/files/none\""), "the log is written")
    #expect(!text.contains(mark))
  }

  @Test func `the page may contact only this site and the store, and cannot be framed`() throws {
    let store = try #require(stack.environment["STOWAGE_S3_PUBLIC_URL"])
    let policy = try #require(try stack.send("GET", "/files/").head["Content-Security-Policy"])
    #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
    #expect(policy.contains("connect-src 'self' \(store);"))
  }

  @Test(arguments: [
    "/files/../tls/server.key", "/files/%2e%2e/tls/server.key", "/files/..%2ftls/server.key", "/tls/server.key",
  ])
  func `no other file beside the page is served`(path: String) throws {
    let status = try curl(["--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", stack.url + path])
    #expect(status == "404")
  }

  private func curl(_ arguments: [String]) throws -> String {
    let common = ["-s", "--noproxy", "*", "--max-time", "30", "--cacert", authority]
    return String(decoding: try run("curl", common + arguments), as: UTF8.self)
  }
}
