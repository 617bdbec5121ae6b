import Assembly
import Core
import Foundation
import Operations
import TestSupport
import Testing

@Suite struct BucketSetupTests {
  private func apply(_ server: ScriptedServer, origins: String = "none") throws -> [String] {
    let node = try DoctorFixture()
    node.changes = ["STOWAGE_S3_URL": server.url, "STOWAGE_CORS_ORIGINS": origins]
    let app = try node.application()
    var steps: [String] = []
    try BucketSetup(store: app.store, settings: app.settings).apply { steps.append("\($0.bucket) \($0.text)") }
    return steps
  }

  private func lines(_ server: ScriptedServer) -> [String] {
    server.requests.compactMap { $0.head.split(separator: "\r\n").first.map { String($0) } }
  }

  private let blocked = "blocks public access, even if an access control list grants it"
  /// A response of a store that accepts every setting, including the block of public access.
  private let ok = answer("200 OK", isBlocked: [true, true, true, true])

  private static func answer(_ status: String, isBlocked: [Bool], _ more: String = "") -> ScriptedServer.Answer {
    let names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    let elements = zip(names, isBlocked).map { "<\($0)>\($1)</\($0)>" }.joined()
    let text = "<PublicAccessBlockConfiguration>\(elements)\(more)</PublicAccessBlockConfiguration>"
    return .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
  }
  private let missing = ScriptedServer.Answer.bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

  /// Starts a store that has all buckets and blocks public access, and then gives these answers.
  private func prepared(_ answers: ScriptedServer.Answer...) throws -> ScriptedServer {
    try ScriptedServer([ScriptedServer.Answer](repeating: ok, count: 12) + answers)
  }

  @Test func `existing buckets stay, and versioning is turned on`() throws {
    let server = try ScriptedServer(ok)
    defer { server.stop() }
    #expect(
      try apply(server) == DoctorFixture.buckets.map { "\($0) is there" }
        + DoctorFixture.buckets.map { "\($0) \(blocked)" } + [
          "uploads-raw keeps versions", "uploads-raw allows uploads and downloads from pages of no origin",
        ]
    )
    let lines = lines(server)
    #expect(lines.prefix(4).allSatisfy { $0.hasPrefix("HEAD ") } && lines.count == 14)
    #expect(lines[12].hasPrefix("PUT /uploads-raw/?versioning") || lines[12].hasPrefix("PUT /uploads-raw?versioning"))
    #expect(server.requests[12].body.contains(text: "<Status>Enabled</Status>"))
    #expect(lines[13].hasPrefix("DELETE /uploads-raw") && lines[13].contains("?cors"), "no origin of before stays")
  }

  @Test func `missing buckets are created`() throws {
    let server = try ScriptedServer(ok, missing, ok)
    defer { server.stop() }
    let steps = try apply(server)
    #expect(steps[1] == "uploads-processed created" && steps.filter { $0.hasSuffix("is there") }.count == 3)
    #expect(lines(server)[2].hasPrefix("PUT /uploads-processed"))
  }

  @Test func `pages of the application's origins may upload, with the signed headers`() throws {
    let server = try ScriptedServer(ok)
    defer { server.stop() }
    let steps = try apply(server, origins: "https://app.example.com,https://b.example.com")
    #expect(
      steps.last
        == "uploads-raw allows uploads and downloads from pages of https://app.example.com, https://b.example.com"
    )
    let rules = String(decoding: try #require(server.requests.last).body, as: UTF8.self)
    for text in [
      "<AllowedOrigin>https://app.example.com</AllowedOrigin>", "<AllowedMethod>PUT</AllowedMethod>",
      "<AllowedMethod>POST</AllowedMethod>", "<ExposeHeader>ETag</ExposeHeader>",
      "<ExposeHeader>Location</ExposeHeader>",
      "<AllowedHeader>if-none-match</AllowedHeader>", "<AllowedHeader>x-amz-meta-original-filename</AllowedHeader>",
      "<AllowedHeader>x-amz-meta-uploaded-at</AllowedHeader>", "<AllowedHeader>x-amz-meta-uploader-id</AllowedHeader>",
      "<AllowedHeader>x-amz-checksum-sha256</AllowedHeader>", "<AllowedHeader>content-type</AllowedHeader>",
      "<AllowedMethod>GET</AllowedMethod>", "<AllowedMethod>HEAD</AllowedMethod>",
      "<AllowedOrigin>null</AllowedOrigin>", "<ExposeHeader>Content-Disposition</ExposeHeader>",
    ] { #expect(rules.contains(text), "\(text)") }
    let parts = rules.components(separatedBy: "</CORSRule>")
    #expect(parts.count == 3 && !parts[0].contains("null"))
    for word in ["PUT", "POST", "x-amz", "example.com"] { #expect(!parts[1].contains(word), "the nameless only read") }
    for name in ["traceparent", "tracestate", "baggage", "sentry-trace", "x-datadog-*", "x-request-id"] {
      #expect(parts[0...1].allSatisfy { $0.contains("<AllowedHeader>\(name)</AllowedHeader>") }, "\(name)")
    }
    #expect(!rules.replacing("x-datadog-*", with: "").contains("*"), "nothing but exact names")
  }

  @Test func `a store without CORS rules is not changed if there are no origins`() throws {
    let unknown = "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"
    let server = try prepared(ok, .bytes(unknown))
    defer { server.stop() }
    #expect(try apply(server).count == 10)
    let refused = try prepared(ok, .bytes(unknown))
    defer { refused.stop() }
    #expect(throws: StorageError.self) { try apply(refused, origins: "https://app.example.com") }
  }

  private func refusal(_ status: String, _ code: String) -> ScriptedServer.Answer {
    let body = code.isEmpty ? "" : "<Error><Code>\(code)</Code><Message>m</Message></Error>"
    return .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  @Test(arguments: [
    ("501 Not Implemented", "NotImplemented"), ("501 Not Implemented", ""), ("400 Bad Request", "NotImplemented"),
    ("405 Method Not Allowed", "MethodNotAllowed"), ("405 Method Not Allowed", ""),
  ])
  func `a store without versioning is set up too`(status: String, code: String) throws {
    let server = try prepared(refusal(status, code), ok)
    defer { server.stop() }
    let steps = try apply(server, origins: "https://app.example.com")
    #expect(
      steps.suffix(2) == [
        "uploads-raw keeps no versions: copies are kept",
        "uploads-raw allows uploads and downloads from pages of https://app.example.com",
      ]
    )
    #expect(lines(server)[13].hasPrefix("PUT /uploads-raw?cors") && server.requests.count == 14)
  }

  @Test(arguments: [
    ("403 Forbidden", "AccessDenied"), ("500 Internal Server Error", "InternalError"), ("404 Not Found", ""),
  ])
  func `a store that refuses to enable versioning is not one without versioning`(status: String, code: String) throws {
    let server = try prepared(refusal(status, code))
    defer { server.stop() }
    #expect(throws: StorageError.self) { try apply(server) }
  }

  @Test(arguments: ["*", "https://app.example.com"])
  func `a store that accepts no CORS rules but allows the pages is set up`(allowed: String) throws {
    let open = "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \(allowed)\r\nContent-Length: 0\r\n\r\n"
    for refused in [refusal("501 Not Implemented", "NotImplemented"), refusal("409 Conflict", "BucketAlreadyExists")] {
      let server = try prepared(ok, refused, .bytes(open))
      defer { server.stop() }
      let steps = try apply(server, origins: "https://app.example.com")
      #expect(steps.last?.hasSuffix("this store has no CORS rules, and allows these origins by itself") == true)
      let head = try #require(server.requests.last).head.lowercased()
      #expect(head.hasPrefix("options /uploads-raw/") && head.contains("origin: https://app.example.com"))
    }
  }

  @Test func `a store that accepts no CORS rules and refuses the pages is reported, with advice`() throws {
    let shut = "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://other.example.com\r\nContent-Length: 0\r\n\r\n"
    let server = try prepared(ok, refusal("501 Not Implemented", "NotImplemented"), .bytes(shut))
    defer { server.stop() }
    #expect {
      try apply(server, origins: "https://app.example.com")
    } throws: { error in
      guard case .unavailable(let detail)? = error as? StorageError else { return false }
      return detail.contains("https://app.example.com") && detail.contains("STOWAGE_CORS_ORIGINS")
    }
  }

  @Test func `an error names the bucket, and nothing is done after it`() throws {
    let denied = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    let server = try ScriptedServer(ok, .bytes(denied))
    defer { server.stop() }
    #expect {
      try apply(server)
    } throws: { error in
      guard case .unavailable(let detail)? = error as? StorageError else { return false }
      return detail.contains("uploads-processed")
    }
    #expect(server.requests.count == 2)
  }
}
