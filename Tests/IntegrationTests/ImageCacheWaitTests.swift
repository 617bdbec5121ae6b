import Foundation
import HTTP
import TestSupport
import Testing

/// Pitfalls while clients wait, each shown twice as in `ImageCacheTrapTests`.
@Suite struct ImageCacheWaitTests {
  private typealias Change = CacheFront.Change
  private static let path = "/images/demo/f/v/thumb.webp"
  private static let image = ["Status: 200 OK", "Content-Type: image/webp", "Content-Length: 5"]

  private struct Outcome: Sendable {
    var calls: Int
    var statuses: Set<Int>
  }

  /// Sends `count` simultaneous requests for one image.
  private func crowd(
    _ count: Int,
    _ changes: [CacheFront.Change],
    answer: CacheFront.Answer
  ) async throws -> Outcome {
    try await onThread {
      let front = try CacheFront(changes) { _ in answer }
      defer { front.stop() }
      let answers = try concurrently(count) { _ in front.ask(Self.path) }
      return Outcome(calls: front.requests.count, statuses: Set(answers.map { $0?.head.status ?? 0 }))
    }
  }

  @Test func `forty who wait longer than nginx's default lock start no second rendering`() async throws {
    let slow = CacheFront.Answer(Self.image, "whole", pause: 6)
    let timeout = Change("fastcgi_cache_lock_timeout 40s;", to: "")
    let age = Change("fastcgi_cache_lock_age 40s;", to: "")
    async let impatient = crowd(40, [timeout, age], answer: slow)
    async let old = crowd(40, [age], answer: slow)
    async let ours = crowd(40, [], answer: slow)
    let seen = try await (impatient, old, ours)
    #expect(seen.0.calls > 20, "the trap: after five seconds each asks for itself")
    #expect(seen.1.calls >= 2, "the trap: after five seconds the lock is taken to be forgotten")
    #expect(seen.2.calls == 1 && seen.2.statuses == [200])
  }

  @Test(arguments: ["404 Not Found", "503 Service Unavailable", "302 Found"])
  func `clients that wait for a refusal get the same one`(status: String) async throws {
    let refusal = CacheFront.Answer(
      ["Status: \(status)", "Content-Length: 0", "Location: /images/other", "Retry-After: 1"],
      pause: 0.3
    )
    async let uncached = crowd(6, [Change("fastcgi_cache_valid 302 404 503 1s;", to: "")], answer: refusal)
    async let ours = crowd(6, [], answer: refusal)
    let seen = try await (uncached, ours)
    #expect(seen.0.calls == 6, "the trap: one after the other, half a second apart")
    #expect(seen.1.calls <= 2 && seen.1.statuses.count == 1)
    #expect(seen.0.statuses == seen.1.statuses)
  }

  @Test(arguments: [404, 503])
  func `an invalidated image is not shown although an old copy is cached`(status: Int) async throws {
    let stale = Change(
      "fastcgi_cache_use_stale updating;",
      to: "fastcgi_cache_use_stale error timeout http_404 http_503 updating;"
    )
    @Sendable func afterwards(_ changes: [CacheFront.Change]) throws -> [Int?] {
      let counter = Counter()
      let front = try CacheFront(changes) { _ in
        guard counter.next() > 0 else { return CacheFront.Answer(Self.image + ["X-Accel-Expires: 1"], "whole") }
        return CacheFront.Answer(["Status: \(status) Gone", "Content-Length: 0"])
      }
      defer { front.stop() }
      let first = front.ask(Self.path)?.head.status
      Thread.sleep(forTimeInterval: 2.1)
      return [first, front.ask(Self.path)?.head.status]
    }
    async let obvious = onThread { try afterwards([stale]) }
    async let ours = onThread { try afterwards([]) }
    let seen = try await (obvious, ours)
    #expect(seen.0 == [200, 200], "the trap: shown on although it is gone")
    #expect(seen.1 == [200, status])
  }

  @Test func `a purge during a fetch is lost, and a later round is not`() async throws {
    let seen = try await onThread {
      let counter = Counter()
      let front = try CacheFront { _ in
        let number = counter.next()
        return CacheFront.Answer(
          Self.image.dropLast() + ["Content-Length: 4"],
          "no \(number)",
          pause: number == 0 ? 1 : 0
        )
      }
      defer { front.stop() }
      let fill = Thread { _ = front.ask(Self.path) }
      fill.start()
      while front.requests.isEmpty { usleep(10_000) }
      let during = front.ask("/purge" + Self.path)?.head.status
      while !fill.isFinished { usleep(10_000) }
      let naive = front.text(Self.path)
      let later = front.ask("/purge" + Self.path)?.head.status
      return (during, naive, later, front.text(Self.path), front.ask("/purge/images/demo/f/v/other.webp")?.head.status)
    }
    #expect(seen.0 == 404 && seen.1 == "200 no 0", "the trap: the old image was stored after the purge")
    #expect(seen.2 == 200 && seen.3 == "200 no 1" && seen.4 == 404)
  }

  @Test func `while an old copy is refreshed, nobody waits`() async throws {
    @Sendable func waits(_ changes: [CacheFront.Change]) throws -> Set<String> {
      let counter = Counter()
      let front = try CacheFront(changes) { _ in
        let isFirst = counter.next() == 0
        return CacheFront.Answer(Self.image + ["X-Accel-Expires: \(isFirst ? 1 : 60)"], "whole", pause: isFirst ? 0 : 2)
      }
      defer { front.stop() }
      _ = front.ask(Self.path)
      Thread.sleep(forTimeInterval: 2.1)
      return Set(try concurrently(10) { _ in front.ask(Self.path)?.head["X-Cache"] ?? "broken" })
    }
    async let obvious = onThread { try waits([Change("fastcgi_cache_use_stale updating;", to: "")]) }
    async let ours = onThread { try waits([]) }
    let seen = try await (obvious, ours)
    #expect(!seen.0.contains("UPDATING"), "the trap: all wait for one")
    #expect(seen.1.contains("UPDATING"))
  }
}
