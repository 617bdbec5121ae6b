import Foundation
import HTTP
import TestSupport
import Testing

/// Rate limits per address, token and session: a crowd of addresses with one token, and a crowd of users at one address.
@Suite(.enabled(if: isRunning, howToRun)) struct LimitTests {
  private typealias Header = (name: String, value: String)

  private let front: EdgeFront

  init() throws { front = try EdgeFront() }

  /// Sends requests, eight at a time, and expects that about `burst` of them pass.
  ///
  /// `rate` more pass each second: a machine that is too slow to send more than that sees no refusal.
  private func expect(
    _ what: String,
    _ path: String = "/v1/files/x",
    rate: Double = 20,
    burst: Int = 41,
    _ request: @escaping @Sendable (Int) -> (address: String, headers: [Header])
  ) throws {
    let start = ContinuousClock.now
    let statuses = try concurrently(8) { [client = front.client] number in
      try stride(from: number, to: burst * 2, by: 8).map { index in
        let (address, headers) = request(index)
        return try client.get(path, from: address, headers).head.status
      }
    }.flatMap { $0 }
    #expect(statuses.allSatisfy { $0 == 200 || $0 == 429 }, "\(what)")
    let passed = statuses.count(where: { $0 == 200 })
    let seconds = Double((ContinuousClock.now - start).components.seconds) + 1
    let most = burst + 1 + Int(rate * seconds)
    #expect(passed >= burst && passed <= most, "\(what): \(passed) in \(seconds) s")
    #expect(passed < burst * 2 || most >= burst * 2, "\(what): nothing was refused in \(seconds) s")
  }

  private static func address(_ index: Int) -> String { "198.51.\(index / 250).\(index % 250 + 1)" }
  private static func token(_ name: String) -> String { "eyJ.\(String(repeating: name, count: 200)).\(name)" }

  @Test func `one token from many addresses has one limit, however its header is spelled`() throws {
    let schemes = ["Bearer ", "bearer ", "BEARER   ", "Bearer\t"]
    try expect("the token") { (Self.address($0), [("Authorization", schemes[$0 % 4] + Self.token("a"))]) }
    let other = [Header("Authorization", "Bearer " + Self.token("b"))]
    #expect(try front.client.get("/v1/files/x", from: Self.address(0), other).head.status == 200)
  }

  @Test func `one session from many addresses has one limit, whatever else the request carries`() throws {
    try expect("the session") { index in
      let cookies = "a=\(index); stowage_token=\(Self.token("s")); b=\(index)"
      return (Self.address(index), [("Cookie", cookies), ("Authorization", "Bearer junk\(index)")])
    }
    try expect("a cookie twice") { index in
      let cookies = "stowage_token=x\(index); stowage_token=\(Self.token("t"))"
      return (Self.address(index), [("Cookie", cookies)])
    }
  }

  @Test func `a user over the limit leaves the rest of its address to the others`() throws {
    let address = Self.address(7)
    try expect("one user") { _ in (address, [("Authorization", "Bearer " + Self.token("c"))]) }
    for name in ["d", "e", "f"] {
      for _ in 0..<20 {
        let answer = try front.client.get(
          "/v1/files/x",
          from: address,
          [("Authorization", "Bearer " + Self.token(name))]
        )
        #expect(answer.head.status == 200)
      }
    }
  }

  @Test func `an address with ever new tokens has the limit of an address`() throws {
    let address = Self.address(9)
    try expect("new tokens", rate: 100, burst: 201) { (address, [("Authorization", "Bearer junk\($0)")]) }
  }

  @Test func `requests without a token have the limit of one user, and an IPv6 network counts as one`() throws {
    let address = Self.address(11)
    try expect("nobody") { _ in (address, []) }
    try expect("an IPv6 network") { ("2001:db8:1:2::\(String($0 + 1, radix: 16))", []) }
    #expect(try front.client.get("/v1/files/x", from: "2001:db8:1:3::1").head.status == 200)
  }

  @Test func `guarded images have a limit per cookies and one per address`() throws {
    let policy = "CloudFront-Policy=p; CloudFront-Key-Pair-Id=k; CloudFront-Signature="
    try expect("the cookies", "/private/a/b", rate: 200, burst: 401) { index in
      (Self.address(index), [("Cookie", policy + String(repeating: "s", count: 300))])
    }
    let other = [Header("Cookie", policy + String(repeating: "t", count: 300))]
    #expect(try front.client.get("/private/a/b", from: Self.address(1), other).head.status == 200)
  }
}
