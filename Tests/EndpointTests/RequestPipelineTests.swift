import Core
import FastCGI
import Foundation
import Testing

@testable import Endpoint

@Suite struct RequestPipelineTests {
  private func get(_ headers: [String: String] = [:], parameters: [String: String] = [:]) -> Request {
    Request(method: "GET", path: "/v1/files", headers: headers, parameters: parameters)
  }

  // MARK: Request IDs

  @Test func `nginx's request ID is used, in the header and in the problem document`() throws {
    let pipeline = try Scripted.pipeline { _ in throw StorageError.notFound }
    for id in ["0123456789abcdef0123456789abcdef", "ABCDEF01", "0199aa00-0000-7000-8000-000000000000"] {
      let response = pipeline.answer(get(parameters: ["REQUEST_ID": id]))
      #expect(response.values("X-Request-ID") == [id])
      #expect(try response.members()["requestId"] as? String == id)
    }
  }

  @Test func `a malformed request ID is replaced by a new one`() throws {
    let pipeline = try Scripted.pipeline()
    for id in [
      nil, "", "1234567", String(repeating: "a", count: 65), "0123456789abcdeg", "01234567\r\nX-Evil: 1", "01234567 ",
      "\u{FF11}\u{FF12}\u{FF13}\u{FF14}", "<script>", "01234567\0",
    ] {
      let response = pipeline.answer(get(parameters: id.map { ["REQUEST_ID": $0] } ?? [:]))
      let given = try #require(response.values("X-Request-ID").first)
      #expect(given != id && given.count == 36 && UUID(uuidString: given) != nil, "\(id ?? "nil")")
    }
  }

  @Test func `a client cannot choose its request ID`() throws {
    let response = try Scripted.pipeline().answer(
      get(["X-Request-ID": "0123456789abcdef", "Request-ID": "0123456789abcdef"])
    )
    #expect(response.values("X-Request-ID") != ["0123456789abcdef"])
    #expect(response.values("X-Request-ID").count == 1)
  }

  // MARK: Encoded bodies

  @Test(arguments: [
    "gzip", "GZIP", "x-gzip", "br", "zstd", "deflate", "compress", "gzip, identity", "unknown", "aws-chunked",
  ])
  func `a body with an encoding is refused with its name, and with what is accepted`(encoding: String) throws {
    let pipeline = try Scripted.pipeline { _ in throw StorageError.unexpected(detail: "the handler was called") }
    let headers = ["Content-Encoding": encoding]
    let response = pipeline.answer(Request(method: "POST", path: "/v1/uploads", headers: headers, body: [0x1F, 0x8B]))
    #expect(response.status == 415 && response.values("Accept-Encoding") == ["identity"])
    let members = try response.members()
    #expect(members["code"] as? String == "encoding_not_allowed")
    #expect((members["detail"] as? String)?.contains(" \(encoding):") == true)
  }

  @Test func `the name of an encoding is quoted only as far as it is harmless`() throws {
    let headers = ["Content-Encoding": "\u{202E}g\u{0}z" + String(repeating: "x", count: 1000)]
    let response = try Scripted.pipeline().answer(Request(method: "POST", path: "/", headers: headers, body: [1]))
    let detail = try #require(try response.members()["detail"] as? String)
    #expect(response.status == 415 && detail.utf8.count < 160 && !detail.contains("\u{202E}"))
  }

  @Test(arguments: ["identity", "Identity", "", "identity, identity"])
  func `a plain body, and a request without a body, are accepted`(encoding: String) throws {
    let pipeline = try Scripted.pipeline()
    let headers = ["Content-Encoding": encoding]
    #expect(pipeline.answer(Request(method: "POST", path: "/", headers: headers, body: [1])).status == 200)
    #expect(pipeline.answer(Request(method: "GET", path: "/", headers: ["Content-Encoding": "gzip"])).status == 200)
  }

  // MARK: Headers of pages

  @Test func `a preflight allows the headers of tracing libraries, and names only those that are allowed`() throws {
    let asked = "authorization, X-Datadog-Trace-Id,x-datadog-tags, x-other,x-datadog-\u{E4}, traceparent"
    let response = try Scripted.pipeline().answer(preflight(headers: asked))
    let names = try #require(response.values("Access-Control-Allow-Headers").first).components(separatedBy: ", ")
    #expect(
      names == [
        "Authorization", "Content-Type", "If-Match", "If-None-Match", "traceparent", "tracestate", "baggage",
        "sentry-trace", "x-request-id", "x-datadog-trace-id", "x-datadog-tags",
      ]
    )
  }

  @Test func `a preflight with thousands of names is answered with few`() throws {
    let asked = (0..<5000).map { "x-datadog-\($0)" }.joined(separator: ",")
    let response = try Scripted.pipeline().answer(preflight(headers: asked))
    #expect(try #require(response.values("Access-Control-Allow-Headers").first).utf8.count < 2000)
  }

  // MARK: Log

  @Test func `each request is one log line, and a routine one is at level debug`() throws {
    let log = LogRecorder()
    let pipeline = try Scripted.pipeline(log: log.logger) { request in
      if request.path == "/routine" { request.notes.markRoutine() }
      if request.path == "/broken" { throw StorageError.unexpected(detail: "broken") }
      return .json(["answer": 42])
    }
    for path in ["/event", "/routine", "/broken"] { _ = pipeline.answer(Request(method: "POST", path: path)) }
    #expect(log.lines == ["info request", "debug request", "error request"])
    let monitor = Monitor(pipeline.app, process: "scripted", checks: [])
    for path in ["/health/live", "/health/ready", "/metrics"] { _ = monitor.answer(Request(method: "GET", path: path)) }
    #expect(log.lines.count == 3, "health checks and scrapes are not logged")
  }

  // MARK: Errors

  @Test func `an unexpected error is a bare 500 with a request ID`() throws {
    let pipeline = try Scripted.pipeline { _ in
      throw StorageError.unexpected(detail: "SELECT secret FROM /var/lib/stowage")
    }
    let response = pipeline.answer(get(parameters: ["REQUEST_ID": "0123456789abcdef"]))
    #expect(response.status == 500)
    #expect(
      Set(try response.members().keys) == ["type", "title", "status", "code", "requestId"]
    )
    #expect(!response.text.contains("secret"))
  }

  @Test func `a refusal by the server has a problem document too`() throws {
    let pipeline = try Scripted.pipeline()
    for (status, answer, code) in [
      (413, 413, "body_too_large"), (400, 400, "invalid_request"), (411, 400, "invalid_request"),
      (500, 500, "internal"),
      (999, 500, "internal"),
    ] {
      let response = pipeline.refuse(status, get(["Origin": "https://app.example.com"]))
      let members = try response.members()
      #expect(response.status == answer && members["code"] as? String == code)
      #expect(response.values("X-Request-ID").count == 1)
      #expect(response.values("Access-Control-Allow-Origin") == ["https://app.example.com"])
    }
  }

  @Test func `a body over the route's limit does not reach the handler`() throws {
    let pipeline = try Scripted.pipeline { request in .json([request.body.count]) }
    func post(_ count: Int) -> Response {
      pipeline.answer(Request(method: "POST", path: "/", body: [UInt8](repeating: 0x20, count: count)))
    }
    #expect(post(8_192).status == 200)
    let refused = post(8_193)
    #expect(try refused.status == 413 && refused.members()["code"] as? String == "body_too_large")
    #expect(refused.text.contains("At most 8192 bytes."))
    // A request that the server refuses before reading its body gets the same detail.
    #expect(pipeline.refuse(413, get()).text.contains("At most 8192 bytes."))
  }

  @Test func `another method is 405 with the allowed ones`() throws {
    let pipeline = try Scripted.pipeline { request in
      try request.require("GET", "HEAD")
      return .json([1])
    }
    for method in ["POST", "get", "", "OPTIONS", "TRACE"] {
      let response = pipeline.answer(Request(method: method, path: "/"))
      #expect(response.status == 405 && response.values("Allow") == ["GET, HEAD"], "\(method)")
    }
  }

  // MARK: Other origins

  private func preflight(
    _ origin: String = "https://app.example.com",
    method: String = "OPTIONS",
    headers: String = "authorization,content-type"
  ) -> Request {
    Request(
      method: method,
      path: "/v1/uploads",
      headers: [
        "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers,
      ]
    )
  }

  @Test func `a preflight from an allowed origin is answered without the handler`() throws {
    let pipeline = try Scripted.pipeline { _ in throw StorageError.unexpected(detail: "called") }
    let response = pipeline.answer(preflight())
    #expect(response.status == 204 && response.body.length == 0)
    #expect(response.values("Access-Control-Allow-Origin") == ["https://app.example.com"])
    #expect(response.values("Access-Control-Allow-Methods").first?.contains("POST") == true)
    let headers = try #require(response.values("Access-Control-Allow-Headers").first?.lowercased())
    #expect(headers.contains("authorization") && headers.contains("content-type"))
    #expect(response.values("Vary") == ["Origin"])
    #expect(response.values("Access-Control-Allow-Credentials").isEmpty)
    #expect(!response.headers.contains { $0.name.hasPrefix("Access-Control-") && $0.value.contains("*") })
  }

  @Test(arguments: [
    "https://evil.example.com", "null", "https://app.example.com.evil.com", "http://app.example.com",
    "https://app.example.com:444", "https://APP.example.com", "https://app.example.com/", "*", "https://app.example.co",
    "https://app.example.com, https://evil.example.com", "https://app.example.com,https://other.example.com",
  ])
  func `another origin gets no permission, neither by the preflight nor by the request`(origin: String) throws {
    let pipeline = try Scripted.pipeline()
    for request in [preflight(origin), get(["Origin": origin])] {
      let response = pipeline.answer(request)
      #expect(!response.headers.contains { $0.name.hasPrefix("Access-Control-") })
      #expect(response.values("Vary") == ["Origin"])
    }
  }

  @Test func `an OPTIONS request that is no preflight reaches the handler`() throws {
    let pipeline = try Scripted.pipeline { _ in throw RequestError.methodNotAllowed(allowed: ["GET"]) }
    #expect(pipeline.answer(Request(method: "OPTIONS", path: "/")).status == 405)
    let origin = ["Origin": "https://app.example.com"]
    #expect(pipeline.answer(Request(method: "OPTIONS", path: "/", headers: origin)).status == 405)
    #expect(pipeline.answer(preflight(method: "GET")).status == 405)
  }

  @Test func `a page can read the error of its own request`() throws {
    let pipeline = try Scripted.pipeline { _ in throw StorageError.quotaExceeded(available: 1) }
    let response = pipeline.answer(get(["Origin": "https://other.example.com"]))
    #expect(response.status == 403)
    #expect(response.values("Access-Control-Allow-Origin") == ["https://other.example.com"])
    #expect(response.values("Access-Control-Expose-Headers") == ["ETag, Retry-After, X-Request-ID"])
  }

  @Test func `without allowed origins there are no CORS headers, and with * every origin is echoed`() throws {
    let closed = try Scripted.pipeline(origins: "none").answer(get(["Origin": "https://app.example.com"]))
    #expect(!closed.headers.contains { $0.name.hasPrefix("Access-Control-") } && closed.values("Vary").isEmpty)
    let open = try Scripted.pipeline(origins: "*").answer(get(["Origin": "https://anybody.example"]))
    #expect(open.values("Access-Control-Allow-Origin") == ["https://anybody.example"])
  }
}
