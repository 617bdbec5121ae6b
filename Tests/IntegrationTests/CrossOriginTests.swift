import Foundation
import HTTP
import TestSupport
import Testing

/// CORS, tested with real preflights to nginx and to the store.
@Suite(.enabled(if: isRunning, howToRun)) struct CrossOriginTests {
  private static let foreign = [
    "https://evil.example.com", "null", "https://localhost", "http://localhost:8443", "https://localhost.evil.example",
  ]

  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  private func preflight(
    _ url: String,
    _ method: String,
    _ headers: String?,
    from origin: String
  ) throws -> HTTPResponseHead {
    var all = [(name: "Origin", value: origin), ("Access-Control-Request-Method", method)]
    if let headers { all.append(("Access-Control-Request-Headers", headers)) }
    return try stack.send("OPTIONS", url, headers: all).head
  }

  private func items(_ head: HTTPResponseHead, _ name: String) -> Set<String> {
    let lines = head.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    return Set(lines.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces).lowercased() })
  }

  // MARK: The API

  @Test(arguments: [
    ("POST", "/v1/uploads"), ("DELETE", "/v1/uploads/x"), ("GET", "/v1/uploads/x/parts"),
    ("POST", "/v1/uploads/x/parts"),
    ("POST", "/v1/uploads/x/complete"), ("GET", "/v1/files/x"), ("GET", "/v1/users"), ("GET", "/v1/users/x"),
    ("PATCH", "/v1/users/x"), ("GET", "/v1/files"), ("PATCH", "/v1/files/x"), ("POST", "/v1/files/x/links"),
    ("DELETE", "/v1/files/x/links/y"), ("GET", "/v1/usage"), ("GET", "/v1/links/x"),
  ])
  func `a preflight of every route allows exact names for the application's origins, and no other origin`(
    method: String,
    path: String
  ) throws {
    let head = try preflight(path, method, "authorization,content-type", from: stack.url)
    #expect(head.status == 204 && head["Access-Control-Allow-Origin"] == stack.url)
    #expect(items(head, "Access-Control-Allow-Methods") == ["get", "post", "patch", "delete"])
    let headers: Set = [
      "authorization", "content-type", "if-match", "if-none-match", "traceparent", "tracestate", "baggage",
      "sentry-trace",
      "x-request-id",
    ]
    #expect(items(head, "Access-Control-Allow-Headers") == headers)
    let traced = try preflight(path, method, "x-datadog-origin,x-datadog-trace-id,x-other", from: stack.url)
    #expect(
      items(traced, "Access-Control-Allow-Headers") == headers.union(["x-datadog-origin", "x-datadog-trace-id"])
    )
    #expect(items(head, "Vary").contains("origin"))
    for origin in Self.foreign {
      let head = try preflight(path, method, "authorization,content-type", from: origin)
      #expect(!head.headers.contains { $0.name.lowercased().hasPrefix("access-control-") }, "\(origin)")
      #expect(items(head, "Vary").contains("origin") && head.status != 204)
    }
  }

  @Test(arguments: [
    ("GET", "/v1/files/x", 401), ("GET", "/v1/users", 401), ("GET", "/v1/nothing", 404), ("POST", "/images/a/b", 405),
    ("POST", "/v1/uploads", 413),
  ])
  func `the application's pages can read every error of processes and nginx, and no other page can`(
    method: String,
    path: String,
    status: Int
  ) throws {
    let body = method == "POST" ? [UInt8](repeating: 0x20, count: status == 413 ? 8_193 : 2) : nil
    func head(_ origin: String) throws -> HTTPResponseHead {
      try stack.send(method, path, headers: [("Origin", origin)], body: body).head
    }
    let ours = try head(stack.url)
    #expect(ours.status == status)
    let permissions = ours.headers.filter { $0.name.lowercased() == "access-control-allow-origin" }.map(\.value)
    #expect(permissions == [stack.url])
    #expect(items(ours, "Access-Control-Expose-Headers").subtracting(["etag"]) == ["retry-after", "x-request-id"])
    for origin in Self.foreign {
      let theirs = try head(origin)
      #expect(theirs.status == status && items(theirs, "Vary").contains("origin"))
      #expect(!theirs.headers.contains { $0.name.lowercased().hasPrefix("access-control-") }, "\(origin)")
    }
  }

  @Test func `the application's pages can read that they exceeded the rate limit`() throws {
    let authority = try #require(stack.environment["STOWAGE_CA"])
    let port = try #require(URL(string: stack.url)?.port)
    let answers = try run(
      "curl",
      [
        "-s", "--noproxy", "*", "--max-time", "30", "--cacert", authority, "--interface", "127.0.0.3", "-Z",
        "--parallel-max", "30", "-o", "/dev/null", "-H", "Origin: \(stack.url)",
        "-w", "%{http_code} %header{access-control-allow-origin} %header{retry-after}\\n",
        "https://127.0.0.1:\(port)/v1/files/none?[1-200]",
      ]
    )
    let refusals = String(decoding: answers, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("429") }
    #expect(Set(refusals) == ["429 \(stack.url) 1"])
  }

  // MARK: The store

  @Test(arguments: [
    "content-type", "if-none-match", "x-amz-acl", "x-amz-checksum-sha256", "x-amz-meta-original-filename",
    "x-amz-meta-uploaded-at",
    "x-amz-meta-uploader-id", "traceparent", "tracestate", "baggage", "sentry-trace", "x-datadog-trace-id",
    "x-request-id",
  ])
  func `the store allows the application's pages to send each signed header`(header: String) throws {
    for base in [stack.environment["STOWAGE_S3_URL"], stack.environment["STOWAGE_S3_PUBLIC_URL"]] {
      let url = try #require(base) + "/uploads-raw/demo/x/original.jpg"
      let head = try preflight(url, "PUT", header, from: stack.url)
      #expect(head.status == 200 && head["Access-Control-Allow-Origin"] == stack.url)
      #expect(items(head, "Access-Control-Allow-Headers").contains(header))
      for origin in Self.foreign {
        let theirs = try preflight(url, "PUT", header, from: origin)
        #expect(items(theirs, "Access-Control-Allow-Headers").isEmpty, "\(origin)")
        #expect(!items(theirs, "Access-Control-Allow-Methods").contains("put"), "\(origin)")
      }
    }
  }

  @Test func `the store takes an upload with the headers of tracing libraries, which are not signed`() throws {
    let bytes = Document.pdf(comment: UUID().uuidString)
    let ticket = try stack.ticket("a.pdf", type: "application/pdf", size: bytes.count)
    let tracing = [
      "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=b", "baggage": "c=d",
      "sentry-trace": "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", "x-datadog-trace-id": "1",
      "x-request-id": "e",
    ]
    #expect(try stack.put(bytes, ticket, headers: tracing).head.status == 200)
    #expect(try stack.settled(ticket.fileId).state == "ready")
  }

  @Test func `the application's pages can read downloads of the store, also after a redirect`() throws {
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf")
    let headers = [(name: "Authorization", value: "Bearer \(stack.token)")]
    let answer = try stack.send("GET", "/v1/files/\(file.id)/download", headers: headers)
    let url = try #require(answer.head["Location"])
    for origin in [stack.url, "null"] {
      for header in [nil, "range", "if-range", "if-range,range"] {
        let head = try preflight(url, "GET", header, from: origin)
        #expect(head.status == 200 && head["Access-Control-Allow-Origin"] == origin)
        #expect(items(head, "Access-Control-Allow-Methods").isSuperset(of: ["get", "head"]))
        if header != nil {
          #expect(items(head, "Access-Control-Allow-Headers").contains("if-range") || header == "range")
        }
      }
      let bytes = try stack.send("GET", url, headers: [("Origin", origin)])
      #expect(bytes.head.status == 200 && bytes.head["Access-Control-Allow-Origin"] == origin)
      #expect(items(bytes.head, "Access-Control-Expose-Headers").contains("content-disposition"))
      #expect(bytes.head["Access-Control-Allow-Credentials"] == nil)
    }
    let theirs = try stack.send("GET", url, headers: [("Origin", "https://evil.example.com")])
    #expect(theirs.head["Access-Control-Allow-Origin"] == nil)
  }

  @Test func `the store lets the application's pages send all headers of a ticket at once, and no others`() throws {
    let url = try #require(stack.environment["STOWAGE_S3_PUBLIC_URL"]) + "/uploads-raw/demo/x/original.jpg"
    let ticket = try stack.ticket(size: 10, sha256: String(repeating: "0", count: 64))
    let signed = ticket.put.headers.keys.sorted().joined(separator: ",")
    #expect(try preflight(url, "PUT", signed, from: stack.url).status == 200)
    #expect(try preflight(url, "PUT", nil, from: stack.url).status == 200, "parts need no header")
    for (method, header) in [
      ("PUT", "x-amz-meta-other"), ("PUT", "x-amz-tagging"), ("PUT", "x-amz-copy-source"), ("PUT", "authorization"),
      ("DELETE", nil),
    ] as [(String, String?)] {
      let head = try preflight(url, method, header, from: stack.url)
      let isAllowed =
        header.map { items(head, "Access-Control-Allow-Headers").contains($0) }
        ?? items(head, "Access-Control-Allow-Methods").contains(method.lowercased())
      #expect(!isAllowed, "\(method) \(header ?? "")")
      #expect(!items(head, "Access-Control-Allow-Headers").contains("*"))
    }
    let processed = try #require(stack.environment["STOWAGE_S3_PUBLIC_URL"]) + "/uploads-processed/demo/x"
    #expect(try preflight(processed, "PUT", nil, from: stack.url)["Access-Control-Allow-Origin"] == nil)
  }
}

/// The repository's nginx files for error responses, in front of a missing process.
@Suite struct AbsentProcessTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx")

  @Test(arguments: [("https://app.example.com", true), ("https://other.example.com", false)])
  func `only the application's pages can read that a process is missing`(origin: String, isOurs: Bool) throws {
    let nginx = try Nginx(
      server: { folder in
        for name in ["handlers", "snippets", "http", "local"] {
          try? FileManager.default.copyItem(
            at: Self.repository.appending(path: name),
            to: folder.appending(path: name)
          )
        }
        return "include snippets/problems.conf; include handlers/files.conf; include handlers/presign.conf;"
      },
      http: { folder in
        """
        map "" $stowage_sockets { default \(folder.path); }
        map "" $stowage_hsts { default ""; }
        geo $stowage_limit_exempt { default 1; }
        map "" $stowage_session { default ""; }
        map "" $stowage_store { default "http://127.0.0.1:9"; }
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
        map $http_origin $stowage_page_origin { default ""; "https://app.example.com" "https://app.example.com"; }
        include http/limits.conf;
        include http/download.conf;
        include http/cross-origin.conf;
        """
      }
    )
    defer { nginx.stop() }
    for (path, takesCookies) in [("/v1/files/x", false), ("/v1/uploads?/uppy/", false), ("/uppy/s3/params?a=b", true)] {
      let headers = [(name: "Origin", value: origin)]
      let answer = try HTTPClient().send(
        HTTPRequest("GET", "http://127.0.0.1:\(nginx.port)\(path)", headers: headers)
      )
      #expect(answer.head.status == 502 && answer.head["Vary"] == "Origin")
      #expect(try Stack.problem(answer).code == "unavailable")
      #expect(answer.head["Access-Control-Allow-Origin"] == (isOurs ? origin : nil))
      #expect(answer.head["Access-Control-Expose-Headers"] == (isOurs ? "Retry-After, X-Request-ID" : nil))
      #expect(answer.head["Access-Control-Allow-Credentials"] == (isOurs && takesCookies ? "true" : nil), "\(path)")
    }
  }
}
