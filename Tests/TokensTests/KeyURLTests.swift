import Foundation
import Synchronization
import TestSupport
import Testing
import Tokens

/// Keys from a server.
@Suite struct KeyURLTests {
  private let watch = Watch()

  /// Three key pairs, made once because that takes long.
  private static let pairs: [KeyPair] = (0..<3).compactMap { _ in
    try? KeyPair("RSA", "-pkeyopt", "rsa_keygen_bits:2048")
  }

  private static func set(_ numbers: Int...) throws -> String {
    let keys = try numbers.map { try pairs[$0].jwk(kid: "key-\($0)") }
    return #"{"keys":[\#(keys.joined(separator: ","))]}"#
  }

  private static func answer(_ body: String, _ status: String = "200 OK", _ header: String = "")
    -> ScriptedServer.Answer
  {
    .cut(after: "HTTP/1.1 \(status)\r\n\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// Returns a source with long time limits, so that a slow machine changes nothing.
  private func source(_ url: String, caFile: String? = nil) -> KeySource {
    var pace = KeySource.Pace()
    pace.patience = .seconds(60)
    return KeySource(url: url, caFile: caFile, pace: pace, clock: { [watch] in watch.now }, report: watch.hear)
  }

  private func outcome(_ number: Int, _ verifier: TokenVerifier, kid: String? = nil) throws -> TokenError? {
    let header = #"{"alg":"RS256","kid":"\#(kid ?? "key-\(number)")"}"#
    let token = try Self.pairs[number].token(header: header, payload: #"{"sub":"demo","exp":1800000600}"#, ["-sha256"])
    do throws(TokenError) {
      _ = try verifier.verify(token, at: Forge.now)
      return nil
    } catch {
      return error
    }
  }

  private func eventually(_ what: String, _ condition: () -> Bool) {
    let end = Date.now + 60
    while !condition() {
      guard Date.now < end else {
        Issue.record("not within a minute: \(what)")
        return
      }
      usleep(10_000)
    }
  }

  @Test func `a new key is found by its first token, and a removed key is refused`() throws {
    let server = try ScriptedServer(Self.answer(try Self.set(0)), Self.answer(try Self.set(1)))
    defer { server.stop() }
    let verifier = TokenVerifier(source: source(server.url + "/keys"))
    #expect(try outcome(0, verifier) == nil)
    #expect(server.requests.count == 1)
    #expect(try outcome(1, verifier) == nil)
    #expect(try outcome(0, verifier) == .keyUnknown)
    #expect(server.requests.count == 2 && server.requests[0].head.hasPrefix("GET /keys "))
    #expect(!server.requests[1].head.contains("demo"))
  }

  @Test func `unknown kids, however many, cause one fetch a minute`() throws {
    let document = try Self.set(0)
    let slow = "HTTP/1.1 200 OK\r\nContent-Length: \(document.utf8.count)\r\nConnection: close\r\n\r\n"
    let server = try ScriptedServer(Self.answer(document), .slow(slow, seconds: 0.3, document))
    defer { server.stop() }
    let verifier = TokenVerifier(source: source(server.url))
    #expect(try outcome(0, verifier) == nil)
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 20) { number in
      if (try? outcome(1, verifier, kid: "unknown-\(number)")) != .keyUnknown { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0 && server.requests.count == 2)
    watch.advance(.seconds(59))
    #expect(try outcome(1, verifier) == .keyUnknown)
    #expect(server.requests.count == 2)
    watch.advance(.seconds(1))
    #expect(try outcome(1, verifier) == .keyUnknown)
    #expect(server.requests.count == 3)
    #expect(try outcome(0, verifier) == nil)
  }

  @Test func `a response without keys changes nothing, and the next good one counts`() throws {
    let elsewhere = try ScriptedServer(Self.answer(try Self.set(2)))
    defer { elsewhere.stop() }
    let secret = #"{"keys":[{"kty":"oct","kid":"key-2","k":"\#(Forge.base64URL(Forge.secret))"}]}"#
    let bad: [ScriptedServer.Answer] = [
      Self.answer("gone", "500 Internal Server Error"), Self.answer("<html>"), Self.answer(#"{"keys":[]}"#),
      Self.answer(""),
      Self.answer(secret), Self.answer("", "302 Found", "Location: \(elsewhere.url)/\r\n"),
      Self.answer(String(repeating: " ", count: 300_000)), .cut(after: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
      Self.answer(try Self.set(2), "404 Not Found"), .reset(after: ""),
    ]
    for answer in bad {
      let watch = Watch()
      let server = try ScriptedServer(Self.answer(try Self.set(0)), answer, Self.answer(try Self.set(1)))
      defer { server.stop() }
      var pace = KeySource.Pace()
      pace.patience = .seconds(60)
      let source = KeySource(url: server.url, pace: pace, clock: { watch.now }, report: watch.hear)
      let verifier = TokenVerifier(source: source)
      #expect(try outcome(0, verifier) == nil)
      #expect(try outcome(2, verifier) == .keyUnknown && source.status.failures == 1, "\(answer)")
      #expect(try outcome(0, verifier) == nil && watch.complaints.count == 1)
      watch.advance(.seconds(60))
      #expect(try outcome(1, verifier) == nil && source.status.failure == nil, "\(answer)")
    }
    #expect(elsewhere.requests.isEmpty)
  }

  @Test func `an old document is refreshed while it stays in use`() throws {
    let server = try ScriptedServer(Self.answer(try Self.set(0)), Self.answer(try Self.set(0, 1)))
    defer { server.stop() }
    let source = source(server.url)
    let verifier = TokenVerifier(source: source)
    #expect(try outcome(0, verifier) == nil)
    watch.advance(.seconds(3599))
    #expect(try outcome(0, verifier) == nil)
    #expect(server.requests.count == 1)
    watch.advance(.seconds(1))
    #expect(try outcome(0, verifier) == nil)
    eventually("the refresh") { source.status.successes == 2 }
    #expect(source.status.keys == 2 && server.requests.count == 2)
  }

  @Test func `a server that is down at the start is asked again, and until then no token is verified`() throws {
    let server = try ScriptedServer(Self.answer("", "503 Service Unavailable"), Self.answer(try Self.set(0)))
    defer { server.stop() }
    let source = source(server.url)
    let verifier = TokenVerifier(source: source)
    for _ in 0..<3 {
      guard case .keysUnavailable(let words)? = try outcome(0, verifier) else {
        Issue.record("a token was judged")
        return
      }
      #expect(words.contains("answers 503"))
    }
    #expect(server.requests.count == 1)
    #expect(throws: KeySetError.self) { try source.check() }
    watch.advance(.seconds(5))
    #expect(try outcome(0, verifier) == nil)
  }

  @Test func `a server that stalls delays no token with a known key`() throws {
    let server = try ScriptedServer(Self.answer(try Self.set(0)), .stall(after: "HTTP/1.1 200 OK\r\n"))
    defer { server.stop() }
    var pace = KeySource.Pace()
    pace.patience = .zero
    let source = KeySource(url: server.url, pace: pace, clock: { [watch] in watch.now }, report: watch.hear)
    eventually("the first document") { source.status.successes == 1 }
    let verifier = TokenVerifier(source: source)
    #expect(try outcome(1, verifier) == .keyUnknown)
    watch.advance(.seconds(3600))
    #expect(try outcome(0, verifier) == nil)
    eventually("the deadline") { source.status.failures == 1 }
    #expect(try outcome(0, verifier) == nil)
  }

  @Test func `over TLS the certificate must match the host`() throws {
    let server = try TLSServer(servesFiles: true)
    try server.put(try Self.set(0), as: "keys.json")
    let verifier = TokenVerifier(source: source(server.url + "/keys.json", caFile: server.caFile))
    #expect(try outcome(0, verifier) == nil)
    try server.put(try Self.set(1), as: "keys.json")
    #expect(try outcome(1, verifier) == nil)
    #expect(try outcome(0, verifier) == .keyUnknown)
    for (url, caFile) in [
      (server.url, nil), ("https://127.0.0.1:\(server.port)", server.caFile), (server.url, "/nonexistent.pem"),
    ] {
      let refused = TokenVerifier(source: source(url + "/keys.json", caFile: caFile))
      guard case .keysUnavailable(let words)? = try outcome(1, refused) else {
        Issue.record("\(url) was believed")
        continue
      }
      #expect(words.contains("no trusted connection"), "\(words)")
    }
  }
}
