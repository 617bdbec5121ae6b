import TestSupport
import Testing

@testable import Operations

extension DoctorTests {
  private static func answer(_ status: Int) -> ScriptedServer.Answer {
    .bytes("HTTP/1.1 \(status) Some\r\nContent-Length: 0\r\n\r\n")
  }

  /// Starts an API that gives these answers in turn, and then repeats the last one.
  private func answer(_ statuses: Int..., identity: String = "jwt") throws -> ScriptedServer {
    let api = try ScriptedServer(statuses.map(Self.answer))
    node.changes["STOWAGE_LINKS_URL"] = api.url
    node.changes["STOWAGE_IDENTITY"] = identity
    return api
  }

  @Test func `the API gets requests without identity, and with forged headers`() throws {
    #expect(try node.examine().contains { $0.part == "strangers" && $0.status == .good })
    let heads = node.api.requests.map { $0.head.lowercased() }
    #expect(heads.count == 3 && heads.allSatisfy { $0.hasPrefix("get /v1/usage ") && !$0.contains("authorization") })
    #expect(heads.map { $0.contains("stowage-doctor") } == [false, true, true])
    #expect(heads[1].contains("\r\nstowage-user: ") && heads[1].contains("\r\nstowage-role: service"))
    #expect(heads[2].contains("\r\nx-user: ") && heads[2].contains("\r\nremote-user: "))
  }

  @Test(arguments: [[401, 200, 401], [401, 401, 404], [403, 403, 200], [503, 403, 503], [503, 503, 200]])
  func `a forged header that is trusted`(statuses: [Int]) throws {
    for identity in ["jwt", "nginx"] {
      let api = try ScriptedServer(statuses.map(Self.answer))
      defer { api.stop() }
      node.changes = ["STOWAGE_LINKS_URL": api.url, "STOWAGE_IDENTITY": identity]
      try expectOne(.bad, "strangers", "answers \(statuses[0]), but ", "User", advice: "Anybody can be anybody")
    }
  }

  @Test func `an API that is open to everybody`() throws {
    let api = try answer(200)
    defer { api.stop() }
    try expectOne(.bad, "strangers", "answers 200 to nobody", advice: "Close it")
  }

  @Test func `a login that nginx does not ask, or that does not answer`() throws {
    let api = try answer(503, identity: "nginx")
    defer { api.stop() }
    try expectOne(.bad, "strangers", "answers 503", advice: "identity.conf and login.conf")
  }

  @Test func `a login that answers 403 without identity is as good as 401`() throws {
    let api = try answer(403, identity: "nginx")
    defer { api.stop() }
    #expect(try node.complaints().isEmpty)
  }

  @Test(arguments: [302, 403, 404, 429, 502, 503]) func `a URL that is not the API's`(status: Int) throws {
    let api = try answer(status)
    defer { api.stop() }
    try expectOne(.warning, "strangers", "answers \(status), not 401", advice: "STOWAGE_LINKS_URL")
  }

  @Test func `a busy API trusts nobody`() throws {
    for busy in [429, 502] {
      let api = try answer(401, busy)
      defer { api.stop() }
      #expect(try node.complaints().isEmpty)
    }
  }

  @Test func `an API that does not answer`() throws {
    let api = try answer(401)
    api.stop()
    try expectOne(.bad, "strangers", api.url, advice: "Start nginx")
  }
}
