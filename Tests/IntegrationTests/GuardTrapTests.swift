import Foundation
import HTTP
import TestSupport
import Testing

/// Pitfalls of nginx's auth_request.
///
/// Each is shown twice: it occurs with the obvious setting, and not with the repository's files.
@Suite struct GuardTrapTests {
  typealias Change = CacheFront.Change
  typealias Answer = CacheFront.Answer
  private static let key = #"fastcgi_cache_key "$remote_addr;$stowage_cookies;$stowage_path";"#
  private static let alice = "/private/alice/f/v/thumb.webp"
  private static let bob = "/private/bob/f/v/thumb.webp"

  /// Returns the result of `scenario` with the obvious setting, and with the repository's.
  private func both<Value: Sendable>(
    _ obvious: Change,
    authorize: @escaping @Sendable (CacheFront.Request) -> Answer = GuardTrapTests.judge,
    scenario: @escaping @Sendable (CacheFront) throws -> Value
  ) async throws -> (obvious: Value, ours: Value) {
    @Sendable func run(_ changes: [Change]) throws -> Value {
      let front = try CacheFront(changes, guardedBy: authorize) { Self.image($0["DOCUMENT_URI"]) }
      defer { front.stop() }
      return try scenario(front)
    }
    async let first = onThread { try run([obvious]) }
    async let second = onThread { try run([]) }
    return try await (first, second)
  }

  @Sendable private static func image(_ path: String) -> Answer {
    let text = path.contains("bob") ? "bob's" : "alice's"
    return Answer(["Status: 200 OK", "Content-Type: image/webp", "Content-Length: \(text.utf8.count)"], text)
  }

  private static func admission(seconds: Int = 60) -> Answer {
    Answer(["Status: 204 No Content", "X-Accel-Expires: @\(Int(Date.now.timeIntervalSince1970) + seconds)"])
  }

  private static let refusal = Answer(["Status: 403 Forbidden", "Content-Length: 0"])

  /// A cookie gives access to the folder of the same name, from this address only.
  @Sendable private static func judge(_ request: CacheFront.Request) -> Answer {
    let isTheirs = request["DOCUMENT_URI"].hasPrefix("/private/\(request["HTTP_CLOUDFRONT_POLICY"])/")
    return isTheirs && request["REMOTE_ADDR"] == "127.0.0.1" ? admission() : refusal
  }

  private static func cookies(_ name: String) -> [(name: String, value: String)] {
    [("Cookie", "CloudFront-Policy=\(name)")]
  }

  private static func text(_ answer: HTTPResponse?) -> String {
    guard let answer else { return "broken" }
    guard answer.head.status == 200 else { return "\(answer.head.status)" }
    return "200 \(String(decoding: answer.body, as: UTF8.self))"
  }

  @Test func `the checked path is the served path`() async throws {
    let change = Change(
      "  fastcgi_param REQUEST_URI    $stowage_path;",
      to: "  fastcgi_param DOCUMENT_URI $request_uri;"
    )
    let seen = try await both(change) { front in
      [
        Self.text(front.ask("/private/alice/%2e%2e/bob/f/v/thumb.webp", headers: Self.cookies("alice"))),
        Self.text(front.ask(Self.alice, headers: Self.cookies("alice"))),
      ]
    }
    #expect(seen.obvious == ["200 bob's", "200 alice's"], "the trap: what was written is judged")
    #expect(seen.ours == ["403", "200 alice's"])
  }

  @Test func `a permission is cached for its cookies only`() async throws {
    let seen = try await both(Change(Self.key, to: #"fastcgi_cache_key "$remote_addr;$stowage_path";"#)) { front in
      ["alice", "mallory"].map { Self.text(front.ask(Self.alice, headers: Self.cookies($0))) }
    }
    #expect(seen.obvious == ["200 alice's", "200 alice's"], "the trap: who comes after the owner is the owner")
    #expect(seen.ours == ["200 alice's", "403"])
  }

  @Test func `a permission is cached for its path only`() async throws {
    let seen = try await both(Change(Self.key, to: #"fastcgi_cache_key "$remote_addr;$stowage_cookies";"#)) { front in
      [Self.alice, Self.bob].map { Self.text(front.ask($0, headers: Self.cookies("alice"))) }
    }
    #expect(seen.obvious == ["200 alice's", "200 bob's"], "the trap: one image opens all")
    #expect(seen.ours == ["200 alice's", "403"])
  }

  @Test func `a permission is cached for its address only`() async throws {
    let seen = try await both(Change(Self.key, to: #"fastcgi_cache_key "$stowage_cookies;$stowage_path";"#)) { front in
      let first = Self.text(front.ask(Self.alice, headers: Self.cookies("alice")))
      let arguments = ["--interface", "127.0.0.2", "-H", "Cookie: CloudFront-Policy=alice", "-w", " %{http_code}"]
      let stolen = try run(
        "curl",
        ["--noproxy", "*", "-sS", "--max-time", "60"] + arguments + [front.url + Self.alice]
      )
      return [first, String(String(decoding: stolen, as: UTF8.self).suffix(3))]
    }
    #expect(seen.obvious == ["200 alice's", "200"], "the trap: stolen cookies work from elsewhere")
    #expect(seen.ours == ["200 alice's", "403"])
  }

  @Test func `a refusal is not cached`() async throws {
    let change = Change(
      "fastcgi_cache authorization-cache;",
      to: "fastcgi_cache authorization-cache; fastcgi_cache_valid any 1h;"
    )
    let seen = try await both(change) { request in
      // The first request with these cookies is refused, as if they became valid a second later.
      Self.isFirst(request) ? Self.refusal : Self.admission()
    } scenario: { front in
      let cookies = Self.cookies(UUID().uuidString)
      return (0..<2).map { _ in Self.text(front.ask(Self.alice, headers: cookies)) }
    }
    #expect(seen.obvious == ["403", "403"], "the trap: a refusal outlives its reason")
    #expect(seen.ours == ["403", "200 alice's"])
  }

  private static let seen = Seen()
  private static func isFirst(_ request: CacheFront.Request) -> Bool { seen.insert(request["HTTP_CLOUDFRONT_POLICY"]) }

  @Test func `a permission is cached for as long as authorize says`() async throws {
    let change = Change(
      "fastcgi_ignore_headers Cache-Control Expires Vary;\n  fastcgi_pass",
      to: "fastcgi_ignore_headers Cache-Control Expires Vary X-Accel-Expires; fastcgi_cache_valid 1h;\n"
        + "  fastcgi_cache_valid 204 1h; fastcgi_pass"
    )
    let seen = try await both(change) { _ in
      Self.admission(seconds: 1)
    } scenario: { front in
      _ = front.ask(Self.alice, headers: Self.cookies("alice"))
      Thread.sleep(forTimeInterval: 3)
      _ = front.ask(Self.alice, headers: Self.cookies("alice"))
      return front.questions.map(\.parameters)
    }
    #expect(seen.obvious.count == 1, "the trap: the cookies are over, and it is not asked")
    #expect(seen.ours.count == 2, "\(seen.ours)")
  }

  @Test func `a cached permission needs no subrequest, and one without a lifetime needs one each time`() async throws {
    let counts = try await onThread {
      try [Self.admission(), Answer(["Status: 204 No Content"])].map { answer in
        let front = try CacheFront(guardedBy: { _ in answer }) { Self.image($0["DOCUMENT_URI"]) }
        defer { front.stop() }
        for method in ["HEAD", "GET", "GET", "HEAD"] {
          _ = front.ask(Self.alice, method: method, headers: Self.cookies("alice"))
        }
        return [front.questions.count, front.requests.count]
      }
    }
    #expect(counts == [[1, 1], [4, 1]])
  }

  @Test func `authorize gets the path, the address and CloudFront's cookies, and nothing else`()
    async throws
  {
    let question = try await onThread {
      let front = try CacheFront(guardedBy: { _ in Self.admission() }) { Self.image($0["DOCUMENT_URI"]) }
      defer { front.stop() }
      let cookies =
        "a=b; CloudFront-Policy=p~_-; cloudfront-expires=1;CloudFront-Expires=2; XCloudFront-Signature=x; "
        + "CloudFront-Signature=s=; CloudFront-Key-Pair-Id=K; CloudFront-Hash-Algorithm=SHA256; session=secret"
      _ = front.ask(
        Self.alice + "?q=1",
        headers: [("Cookie", cookies), ("Authorization", "Bearer t"), ("X-Evil", "1")]
      )
      return try #require(front.questions.first)
    }
    #expect(question["DOCUMENT_URI"] == Self.alice && question["REMOTE_ADDR"] == "127.0.0.1")
    let headers = question.parameters.filter { $0.key.hasPrefix("HTTP_") }
    #expect(
      headers == [
        "HTTP_CLOUDFRONT_POLICY": "p~_-", "HTTP_CLOUDFRONT_EXPIRES": "2", "HTTP_CLOUDFRONT_SIGNATURE": "s=",
        "HTTP_CLOUDFRONT_KEY_PAIR_ID": "K", "HTTP_CLOUDFRONT_HASH_ALGORITHM": "SHA256",
      ]
    )
    #expect(question["QUERY_STRING"] == "" && question["REQUEST_URI"] == Self.alice)
  }

  @Test(arguments: ["; ", ";", ";   ", "; x=y; ", ""])
  func `if a cookie occurs twice, neither counts`(separator: String) async throws {
    let seen = try await onThread {
      let front = try CacheFront(guardedBy: Self.judge) { Self.image($0["DOCUMENT_URI"]) }
      defer { front.stop() }
      return ["alice", "bob"].map { other in
        let cookies = ["CloudFront-Policy=alice", "CloudFront-Policy=\(other)"]
        let lines = separator.isEmpty ? cookies : [cookies.joined(separator: separator)]
        return Self.text(front.ask(Self.alice, headers: lines.map { ("Cookie", $0) }))
      }
    }
    #expect(seen == ["403", "403"])
  }

  @Test(arguments: [
    ("204 No Content", "200 alice's"), ("302 Found", "503"), ("400 Bad", "503"), ("401 No", "401"), ("403 No", "403"),
    ("404 No", "503"), ("500 Oops", "503"), ("503 Oops", "503"),
  ])
  func `any response of authorize but a permission shows no image, and image gets no request`(
    status: String,
    expected: String
  ) async throws {
    let (shown, asked) = try await onThread {
      let answer = Answer(["Status: \(status)", "Content-Length: 0", "X-Accel-Expires: 60", "Location: /x"])
      let front = try CacheFront(guardedBy: { _ in answer }) { Self.image($0["DOCUMENT_URI"]) }
      defer { front.stop() }
      return (Self.text(front.ask(Self.alice)), front.requests.count)
    }
    #expect(shown == expected && asked == (expected.hasPrefix("200") ? 1 : 0))
  }

  @Test func `without authorize no image is shown, cached or not`() async throws {
    let seen = try await onThread {
      let front = try CacheFront(guardedBy: { _ in Answer(["Status: 204 No Content"]) }) {
        Self.image($0["DOCUMENT_URI"])
      }
      defer { front.stop() }
      let before = Self.text(front.ask(Self.alice))
      front.stopAuthorize()
      return [before, Self.text(front.ask(Self.alice)), Self.text(front.ask(Self.bob))]
    }
    #expect(seen == ["200 alice's", "503", "503"])
  }
}

/// Names seen before, shared between threads.
private final class Seen: @unchecked Sendable {
  private let lock = NSLock()
  private var names: [String: Int] = [:]

  /// Returns true if `name` is new.
  func insert(_ name: String) -> Bool {
    lock.withLock {
      names[name, default: 0] += 1
      return names[name] == 1
    }
  }
}
