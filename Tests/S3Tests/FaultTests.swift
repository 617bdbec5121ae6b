import Foundation
import HTTP
import S3
import Signing
import Storage
import TestSupport
import Testing

private let object = "ETag: \"e1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
private let busy = answer(
  "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>",
  status: "503 Slow Down"
)

private func refusal(_ code: String, _ status: String) -> String {
  answer("<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>m</Message></Error>", status: status)
}

/// Returns true if the errors are the same apart from their texts.
private func isSameCase(_ left: StoreError?, _ right: StoreError) -> Bool {
  func name(_ error: StoreError) -> String { Mirror(reflecting: error).children.first?.label ?? "\(error)" }
  return left.map(name) == name(right)
}

@Suite struct `Requests with temporary failures` {
  @Test func `503 twice, then 200: the put succeeds with its whole body each time`() throws {
    let server = try ScriptedServer(.bytes(busy), .bytes(busy), .bytes(answer("", headers: "ETag: \"e1\"\r\n")))
    defer { server.stop() }
    let bytes = [UInt8](repeating: 5, count: 100_000)
    let put = try scriptedStore(server.url).put(.bytes(bytes), to: "k", in: "b")
    #expect(put.etag == ETag("e1") && server.requests.map { $0.body == bytes } == [true, true, true])
  }

  @Test func `the number of attempts is limited, and the last error is thrown`() throws {
    let server = try ScriptedServer(.bytes(busy))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in try store.head("k", in: "b") }
    #expect(isSameCase(outcome, .unavailable(detail: "")) && server.requests.count == 3)
    let listing = failure { () throws(StoreError) in
      try store.list("b", prefix: "", after: nil, limit: 1)
    }
    #expect(isSameCase(listing, .throttled(detail: "")) && server.requests.count == 6)
  }

  @Test(arguments: ["500 Internal Server Error", "502 Bad Gateway", "429 Too Many Requests"])
  func `a temporary status is tried again`(status: String) throws {
    let server = try ScriptedServer(.bytes(answer("", status: status)), .bytes(answer("", status: "204 No Content")))
    defer { server.stop() }
    try scriptedStore(server.url).delete("k", in: "b")
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [
    ("AccessDenied", "403 Forbidden"), ("NotImplemented", "501 Not Implemented"),
    ("InvalidArgument", "400 Bad Request"),
  ])
  func `a permanent status is not tried again`(code: String, status: String) throws {
    let server = try ScriptedServer(.bytes(refusal(code, status)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(failure { () throws(StoreError) in try store.delete("k", in: "b") } != nil)
    #expect(server.requests.count == 1)
  }

  @Test func `a reset and a stall are tried again`() throws {
    let server = try ScriptedServer(
      .reset(after: ""),
      .stall(after: ""),
      .bytes(answer("", headers: object + "x-amz-version-id: v1\r\n"))
    )
    defer { server.stop() }
    #expect(try scriptedStore(server.url).head("k", in: "b").version == VersionID("v1"))
  }

  @Test func `a closed port is unavailable, silence a time-out`() throws {
    let unreachable = try scriptedStore("http://127.0.0.1:\(try freePorts(1)[0])", attempts: 2)
    #expect(
      isSameCase(failure { () throws(StoreError) in try unreachable.bucketExists("b") }, .unavailable(detail: ""))
    )
    let server = try ScriptedServer(.stall(after: ""))
    defer { server.stop() }
    let silent = try scriptedStore(server.url, attempts: 1)
    #expect(isSameCase(failure { () throws(StoreError) in try silent.bucketExists("b") }, .timeout(detail: "")))
  }

  @Test func `an untrusted certificate is not tried again`() throws {
    let server = try TLSServer()
    func outcome(caFile: String?) throws -> StoreError? {
      let store = S3Store(
        S3Configuration(
          endpoint: try #require(S3Endpoint("https://localhost:\(server.port)")),
          credentials: Credentials(accessKeyID: "test", secretAccessKey: "secret"),
          caFile: caFile,
          retries: RetryPolicy(attempts: 5, firstPause: 100, longestPause: 100)
        )
      )
      return failure { () throws(StoreError) in try store.bytes(of: "k", in: "b", limit: 1) }
    }
    let start = ContinuousClock.now
    #expect(isSameCase(try outcome(caFile: nil), .tls(detail: "")))
    #expect(ContinuousClock.now - start < .seconds(50), "a second attempt would come after 100 s")
    #expect(isSameCase(try outcome(caFile: server.caFile), .unexpected(detail: "")))
  }

  @Test func `a failing body reader is not tried again`() throws {
    let server = try ScriptedServer(.bytes(answer("")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let body = ObjectBody.reader(length: 10) { _, _ throws(StoreError) in throw .aborted(detail: "no disk") }
    #expect(
      isSameCase(failure { () throws(StoreError) in try store.put(body, to: "k", in: "b") }, .aborted(detail: ""))
    )
    #expect(server.requests.isEmpty && server.connections == 1)
  }
}

@Suite struct `A get that breaks off` {
  @Test func `continues at the byte where it broke, with the same object`() throws {
    let first = "HTTP/1.1 200 OK\r\n\(object)x-amz-version-id: v1\r\nContent-Length: 10\r\n\r\n01234"
    let second =
      "HTTP/1.1 206 Partial Content\r\n\(object)Content-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789"
    let server = try ScriptedServer(.reset(after: first), .bytes(busy), .bytes(second))
    defer { server.stop() }
    var read: [UInt8] = []
    let info = try scriptedStore(server.url).get("k", in: "b") { read.append(contentsOf: $0) }
    #expect(String(decoding: read, as: UTF8.self) == "0123456789" && info.size == 10)
    let last = try #require(server.requests.last).head.lowercased()
    #expect(last.contains("range: bytes=5-9") && last.contains("if-match: \"e1\"") && last.contains("versionid=v1"))
  }

  @Test func `tells the attributes once, before the first byte`() throws {
    let first = "HTTP/1.1 200 OK\r\n\(object)x-amz-version-id: v1\r\nContent-Length: 10\r\n\r\n01234"
    let second =
      "HTTP/1.1 206 Partial Content\r\n\(object)Content-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789"
    let empty = "HTTP/1.1 200 OK\r\n\(object)Content-Length: 0\r\n\r\n"
    let server = try ScriptedServer(.reset(after: first), .bytes(second), .bytes(empty))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    var seen: [String] = []
    for _ in 0..<2 {
      _ = try store.get("k", in: "b", begin: { seen.append("\($0.size)") }, into: { seen.append("+\($0.count)") })
    }
    #expect(seen == ["10", "+5", "+5", "0"])
  }

  @Test func `ends at once if the attributes are not wanted`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\n\(object)Content-Length: 10\r\n\r\n0123456789"))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    var count = 0
    let error = failure { () throws(StoreError) in
      try store.get(
        "k",
        in: "b",
        begin: { _ throws(StoreError) in throw .aborted(detail: "not wanted") },
        into: { count += $0.count }
      )
    }
    #expect(isSameCase(error, .aborted(detail: "")) && count == 0 && server.requests.count == 1)
  }

  @Test func `is an integrity error if the announced length never arrives`() throws {
    let short = "HTTP/1.1 200 OK\r\n\(object)Content-Length: 10\r\n\r\n"
    let server = try ScriptedServer(.cut(after: short))
    defer { server.stop() }
    let store = try scriptedStore(server.url, attempts: 2)
    #expect(
      isSameCase(failure { () throws(StoreError) in try store.get("k", in: "b") { _ in } }, .integrity(detail: ""))
    )
    #expect(server.requests.count == 2)
  }

  @Test func `is an integrity error if the object changed in between`() throws {
    let first = "HTTP/1.1 200 OK\r\n\(object)Content-Length: 10\r\n\r\n01234"
    let server = try ScriptedServer(.cut(after: first), .bytes(answer("", status: "412 Precondition Failed")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(
      isSameCase(failure { () throws(StoreError) in try store.get("k", in: "b") { _ in } }, .integrity(detail: ""))
    )
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\n\(object)Content-Length: 10\r\n\r\n0123456789",
    "HTTP/1.1 206 Partial Content\r\n\(object)Content-Range: bytes 3-5/10\r\nContent-Length: 3\r\n\r\n345",
    "HTTP/1.1 206 Partial Content\r\n\(object)Content-Range: bytes 2-1/10\r\nContent-Length: 3\r\n\r\n234",
    "HTTP/1.1 206 Partial Content\r\n\(object)Content-Length: 3\r\n\r\n234",
  ])
  func `delivers nothing if the response is not the requested range`(text: String) throws {
    let server = try ScriptedServer(.bytes(text))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in
      try store.get("k", in: "b", version: nil, range: .closed(2...4)) { _ in Issue.record("handed over") }
    }
    #expect(isSameCase(outcome, .unexpected(detail: "")))
  }
}

@Suite struct `Error responses` {
  @Test(arguments: [
    ("NoSuchKey", "404 Not Found", StoreError.notFound), ("NoSuchVersion", "404 Not Found", .notFound),
    ("NoSuchBucket", "404 Not Found", .noSuchBucket), ("AccessDenied", "403 Forbidden", .accessDenied(detail: "")),
    ("SignatureDoesNotMatch", "403 Forbidden", .accessDenied(detail: "")),
    ("PreconditionFailed", "412 Precondition Failed", .preconditionFailed),
    ("InvalidRange", "416 Range Not Satisfiable", .invalidRange),
    ("BadDigest", "400 Bad Request", .integrity(detail: "")),
    ("RequestTimeTooSkewed", "403 Forbidden", .clockSkew(detail: "")),
    ("RequestTimeout", "400 Bad Request", .timeout(detail: "")), ("SlowDown", "503 Slow Down", .throttled(detail: "")),
    ("InvalidObjectState", "403 Forbidden", .sealed(detail: "")),
    ("InvalidArgument", "400 Bad Request", .invalidRequest(code: "InvalidArgument", message: "m")),
    ("EntityTooLarge", "400 Bad Request", .invalidRequest(code: "EntityTooLarge", message: "m")),
    ("PermanentRedirect", "301 Moved Permanently", .invalidRequest(code: "", message: "")),
    ("InternalError", "500 Internal Server Error", .unavailable(detail: "")),
  ])
  func `each code has its case`(code: String, status: String, wanted: StoreError) throws {
    let server = try ScriptedServer(.bytes(refusal(code, status)))
    defer { server.stop() }
    let store = try scriptedStore(server.url, attempts: 1)
    let outcome = failure { () throws(StoreError) in try store.bytes(of: "k", in: "b", limit: 1) }
    #expect(isSameCase(outcome, wanted), "\(String(describing: outcome))")
  }

  @Test(arguments: ["InvalidRequest", "InvalidArgument"])
  func `an object encrypted with the client's key is sealed, although a HEAD does not say so`(
    code: String
  ) throws {
    let words = "The object was stored using a form of Server Side Encryption."
    let document = "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(words)</Message></Error>"
    let server = try ScriptedServer(
      .bytes(answer("", status: "400 Bad Request")),
      .bytes(answer(document, status: "400 Bad Request"))
    )
    defer { server.stop() }
    let store = try scriptedStore(server.url, attempts: 1)
    let outcome = failure { () throws(StoreError) in try store.head("k", in: "b") }
    #expect(isSameCase(outcome, .sealed(detail: "")), "\(String(describing: outcome))")
    #expect(server.requests.count == 2)
  }

  @Test func `a HEAD error follows from its status, and a wrong clock is named`() throws {
    let cases: [(String, String, StoreError)] = [
      ("404 Not Found", "", .notFound), ("403 Forbidden", "", .accessDenied(detail: "")),
      ("403 Forbidden", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", .clockSkew(detail: "")),
      ("405 Method Not Allowed", "x-amz-delete-marker: true\r\n", .notFound),
      ("405 Method Not Allowed", "", .invalidRequest(code: "", message: "")),
    ]
    for (status, headers, wanted) in cases {
      let server = try ScriptedServer(.bytes(answer("", status: status, headers: headers)))
      defer { server.stop() }
      let store = try scriptedStore(server.url, attempts: 1)
      #expect(
        isSameCase(failure { () throws(StoreError) in try store.head("k", in: "b") }, wanted),
        "\(status) \(headers)"
      )
    }
  }

  @Test(arguments: [
    "", "no XML", "<ListBucketResult>", "<a></b>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
    "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
    "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", String(repeating: "<a>", count: 1_000_000),
  ])
  func `a malformed listing is an error, not an empty list`(body: String) throws {
    let server = try ScriptedServer(.bytes(answer(body)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in try store.list("b", prefix: "", after: nil, limit: 1) }
    #expect(isSameCase(outcome, .unexpected(detail: "")), "\(String(describing: outcome))")
  }

  @Test func `an endless listing is cut off`() throws {
    let endless = "HTTP/1.1 200 OK\r\n\r\n<ListBucketResult>" + String(repeating: " ", count: 9 << 20)
    let server = try ScriptedServer(.cut(after: endless))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in try store.list("b", prefix: "", after: nil, limit: 1) }
    #expect(isSameCase(outcome, .unexpected(detail: "")) && server.requests.count == 1)
  }
}
