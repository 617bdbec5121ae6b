import Foundation
import HTTP
import TestSupport
import Testing

/// Pitfalls of nginx's cache.
///
/// Each is shown twice: it occurs with the obvious setting, and not with the repository's files.
@Suite struct ImageCacheTrapTests {
  private typealias Change = CacheFront.Change
  private static let path = "/images/demo/f/v/thumb.webp"

  /// Returns the result of `scenario` with the obvious settings, and with the repository's.
  ///
  /// Both run at once, outside of Swift's thread pool.
  private func both<Value: Sendable>(
    _ obvious: [CacheFront.Change],
    answer: @escaping @Sendable (CacheFront.Request) -> CacheFront.Answer,
    scenario: @escaping @Sendable (CacheFront) throws -> Value
  ) async throws -> (obvious: Value, ours: Value) {
    @Sendable func run(_ changes: [CacheFront.Change]) throws -> Value {
      let front = try CacheFront(changes, answer: answer)
      defer { front.stop() }
      return try scenario(front)
    }
    async let first = onThread { try run(obvious) }
    async let second = onThread { try run([]) }
    return try await (first, second)
  }

  private static func image(_ text: String = "whole") -> CacheFront.Answer {
    CacheFront.Answer(["Status: 200 OK", "Content-Type: image/webp", "Content-Length: \(text.utf8.count)"], text)
  }

  @Test func `the next GET does not get the empty response to a HEAD`() async throws {
    let change = Change("fastcgi_param REQUEST_METHOD GET;", to: "fastcgi_param REQUEST_METHOD $request_method;")
    let seen = try await both([change]) { request in
      guard request["REQUEST_METHOD"] == "HEAD" else { return Self.image() }
      return CacheFront.Answer(["Status: 200 OK", "Content-Type: image/webp"])
    } scenario: { front in
      [front.text(Self.path, method: "HEAD"), front.text(Self.path)]
    }
    #expect(seen.obvious == ["200 ", "200 "], "the trap: an empty image")
    #expect(seen.ours == ["200 ", "200 whole"])
  }

  @Test(arguments: [true, false])
  func `a truncated response is cached only if its length was not announced`(saysLength: Bool) async throws {
    let counter = Counter()
    let second = try await onThread {
      let front = try CacheFront { _ in
        guard counter.next() == 0 else { return Self.image() }
        let length = saysLength ? ["Content-Length: 5"] : []
        return CacheFront.Answer(["Status: 200 OK", "Content-Type: image/webp"] + length, "who", isCut: true)
      }
      defer { front.stop() }
      // On a kept connection the client would wait for the rest of the announced length.
      _ = front.ask(Self.path, headers: [("Connection", "close")])
      return front.text(Self.path)
    }
    #expect(second == (saysLength ? "200 whole" : "200 who"))
  }

  @Test(arguments: [
    ["Cache-Control: private"], ["Cache-Control: private", "X-Accel-Expires: 60"],
    ["Expires: Thu, 01 Jan 1970 00:00:01 GMT"],
  ])
  func `caching headers for browsers do not prevent nginx from caching`(headers: [String]) async throws {
    let change = Change("fastcgi_ignore_headers Cache-Control Expires Vary;", to: "")
    let seen = try await both([change]) { _ in
      var answer = Self.image()
      answer.head += headers
      return answer
    } scenario: { front in
      for _ in 0..<4 { _ = front.ask(Self.path) }
      return front.requests.count
    }
    #expect(seen.obvious == 4, "the trap: never cached")
    #expect(seen.ours == 1)
  }

  @Test func `a header that the process never gets does not split the cache`() async throws {
    let change = Change(
      "fastcgi_ignore_headers Cache-Control Expires Vary;",
      to: "fastcgi_ignore_headers Cache-Control;"
    )
    let seen = try await both([change]) { _ in
      var answer = Self.image()
      answer.head.append("Vary: Accept")
      return answer
    } scenario: { front in
      for accept in ["image/avif", "image/webp", "*/*"] { _ = front.ask(Self.path, headers: [("Accept", accept)]) }
      return front.requests.count
    }
    #expect(seen.obvious == 3, "the trap: as many renderings as browsers")
    #expect(seen.ours == 1)
  }

  @Test func `a query string does not bypass the cache`() async throws {
    let change = Change("fastcgi_cache_key $stowage_path;", to: "fastcgi_cache_key $request_uri;")
    let seen = try await both([change]) { _ in
      Self.image()
    } scenario: { front in
      for number in 0..<10 { _ = front.ask("\(Self.path)?cache=\(number)") }
      return front.requests.count
    }
    #expect(seen.obvious == 10, "the trap: a process is asked as often as a stranger likes")
    #expect(seen.ours == 1)
  }

  @Test func `a query string does not change the responses to others`() async throws {
    let change = Change("fastcgi_param QUERY_STRING   \"\";", to: "fastcgi_param QUERY_STRING $query_string;")
    let seen = try await both([change]) { request in
      Self.image("for \(request["QUERY_STRING"])")
    } scenario: { front in
      _ = front.ask(Self.path + "?evil")
      return front.text(Self.path)
    }
    #expect(seen.obvious == "200 for evil", "the trap: a poisoned entry")
    #expect(seen.ours == "200 for ")
  }

  @Test func `a purged image is gone at once, although nginx keeps its file open`() async throws {
    let change = Change("open_file_cache_valid 1s;", to: "open_file_cache_valid 60s;")
    let seen = try await both([change]) { _ in
      Self.image()
    } scenario: { front in
      for _ in 0..<40 { _ = front.ask(Self.path) }
      let before = front.requests.count
      let purge = front.text("/purge" + Self.path).prefix(3)
      let after = (0..<10).map { _ in front.ask(Self.path, headers: [("Connection", "close")])?.head["x-cache"] ?? "" }
      return [String(before), String(purge), String(front.requests.count), after[0], after[9]]
    }
    #expect(seen.obvious == ["1", "200", "2", "MISS", "HIT"])
    #expect(seen.ours == ["1", "200", "2", "MISS", "HIT"])
  }

  @Test func `an image whose file is deleted from the folder is gone within a second`() async throws {
    let change = Change("open_file_cache_valid 1s;", to: "open_file_cache_valid 60s;")
    let seen = try await both([change]) { _ in
      Self.image()
    } scenario: { front in
      for _ in 0..<40 { _ = front.ask(Self.path) }
      try front.deleteCachedFiles()
      Thread.sleep(forTimeInterval: 1.1)
      for _ in 0..<10 { _ = front.ask(Self.path) }
      return front.requests.count
    }
    #expect(seen.obvious == 1, "the trap: nginx goes on serving the deleted file")
    #expect(seen.ours == 2)
  }

  @Test func `a picture stored again under the address of a deleted one is served at once`() async throws {
    let counter = Counter()
    let seen = try await onThread {
      let front = try CacheFront { _ in Self.image(counter.next() == 0 ? "first" : "other") }
      defer { front.stop() }
      for _ in 0..<10 { _ = front.ask(Self.path) }
      _ = front.text("/purge" + Self.path)
      return (0..<20).map { _ in front.text(Self.path) }
    }
    #expect(Set(seen) == ["200 other"])
  }

  @Test func `a path is checked in its decoded form, which is also served`() async throws {
    let change = Change("set $stowage_path $uri;", to: "set $stowage_path $request_uri;")
    let seen = try await both([change]) { request in
      let isAlice = [request["DOCUMENT_URI"], request["REQUEST_URI"], request["SCRIPT_NAME"]].allSatisfy {
        $0.hasPrefix("/images/alice/")
      }
      return Self.image(isAlice ? "alice's" : "bob's")
    } scenario: { front in
      let written = front.text("/images/alice/%2e%2e/bob/f/v/thumb.webp")
      return [written, front.text("/images/bob/f/v/thumb.webp"), String(front.requests.count)]
    }
    #expect(
      seen.obvious == ["200 alice's", "200 bob's", "2"],
      "the trap: judged as alice's, though nginx serves bob's"
    )
    #expect(seen.ours == ["200 bob's", "200 bob's", "1"])
  }
}

/// A counter for several threads.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  /// Returns 0, then 1, and so on.
  func next() -> Int {
    lock.withLock {
      defer { count += 1 }
      return count
    }
  }
}
