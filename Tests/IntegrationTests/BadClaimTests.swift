import Foundation
import HTTP
import TestSupport
import Testing

@Suite(.enabled(if: isRunning, howToRun)) struct BadClaimTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  private func claim(_ changes: [String: Any]) throws -> HTTPResponse {
    let whole = ["filename": "a.jpg", "size": 1000, "contentType": "image/jpeg"].merging(changes) { $1 }
    return try stack.claim(String(decoding: JSONSerialization.data(withJSONObject: whole), as: UTF8.self))
  }

  private func expect(_ answer: HTTPResponse, _ status: Int, _ code: String) throws {
    #expect(answer.head.status == status)
    let problem = try Stack.problem(answer)
    #expect(problem.status == status && problem.code == code)
  }

  @Test func `a missing, broken, foreign or unsigned token is 401 without further detail`()
    throws
  {
    let parts = stack.token.split(separator: ".").map(String.init)
    let unsigned = Data(#"{"alg":"none"}"#.utf8).base64EncodedString().replacing("=", with: "")
    let tokens = [
      "", "x", parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1] + "." + String(parts[2].reversed()),
      unsigned + "." + parts[1] + ".", stack.token + ".x", String(repeating: "a", count: 7000),
    ]
    let body = Array(#"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#.utf8)
    var answers = [try stack.send("POST", "/v1/uploads", body: body)]
    answers += try tokens.map {
      try stack.send("POST", "/v1/uploads", headers: [("Authorization", "Bearer \($0)")], body: body)
    }
    for answer in answers {
      try expect(answer, 401, "unauthenticated")
      #expect(try Stack.problem(answer).detail == nil && answer.head["WWW-Authenticate"] == "Bearer")
    }
  }

  @Test func `an expired token is refused`() throws {
    let issuer = try run("stowage", ["token", "--user", "demo", "--hours", "1"])
    #expect(!issuer.isEmpty)
    let expired = try TokenForge(stack).token(subject: "demo", expiresAt: .now - 120)
    try expect(try stack.claim("{}", token: expired), 401, "unauthenticated")
    let stranger = try TokenForge(stack).token(subject: "demo root", expiresAt: .now + 600)
    try expect(try stack.claim("{}", token: stranger), 401, "unauthenticated")
  }

  @Test(arguments: [
    "", "{", "[]", "null", "\"x\"", "{}", #"{"filename":"a.jpg","size":"1","contentType":"image/jpeg"}"#,
    #"{"filename":"a.jpg","size":1.5,"contentType":"image/jpeg"}"#,
    #"{"filename":null,"size":1,"contentType":"image/jpeg"}"#,
    #"{"filename":"a.jpg","size":1,"contentType":"image/jpeg","admin":true}"#,
    #"{"filename":"a.jpg","size":99999999999999999999,"contentType":"image/jpeg"}"#,
  ])
  func `malformed JSON is refused with an explanation`(json: String) throws {
    let answer = try stack.claim(json)
    try expect(answer, 400, "invalid_request")
    #expect(try Stack.problem(answer).detail?.isEmpty == false)
  }

  @Test func `a body over 8 kB is refused, and one of 8 kB is read`() throws {
    try expect(try stack.claim(String(repeating: "x", count: 8_193)), 413, "body_too_large")
    try expect(try stack.claim(String(repeating: " ", count: 8_192)), 400, "invalid_request")
  }

  @Test func `sizes have a lower and an upper limit`() throws {
    try expect(try claim(["size": -1]), 400, "invalid_request")
    try expect(try claim(["size": 0]), 400, "invalid_request")
    try expect(try claim(["size": 50 << 20 + 1]), 413, "too_large")
    for (size, count) in [(50 << 20, 10), (10 << 20 + 1, 3)] {
      let ticket: Stack.MultipartTicket = try Stack.decode(try claim(["size": size]), status: 201)
      #expect(ticket.multipart.partCount == count)
      #expect(try stack.ask("DELETE", ticket.fileId).head.status == 204)
    }
  }

  @Test(arguments: [
    "", "a/b.jpg", "..", "a\u{0}.jpg", "a\n.jpg", "\u{202E}gpj.exe", String(repeating: "ä", count: 128),
  ])
  func `a misleading file name is refused`(name: String) throws {
    try expect(try claim(["filename": name]), 400, "invalid_request")
  }

  @Test func `a type that is not accepted is refused with the list of accepted types`() throws {
    let answer = try claim(["contentType": "text/html"])
    try expect(answer, 415, "type_not_allowed")
    let accepted = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])["accepted"]
    let types = try #require(accepted as? [String])
    #expect(types.starts(with: ["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"]))
    #expect(types.count == 16 && types.contains("application/vnd.oasis.opendocument.text"))
    #expect(types.suffix(2) == ["image/heic", "image/avif"], "script/server sets them")
  }

  @Test func `an exhausted quota is reported, and nothing is reserved beyond it`() throws {
    let user = "quota-\(UUID().uuidString.lowercased())"
    let token = try TokenForge(stack).token(subject: user, expiresAt: .now + 600)
    let size = 10 << 20
    let quota = 5 << 30
    let room = quota / size
    var granted = 0
    for _ in 0..<room {
      let answer = try stack.claim(#"{"filename":"a.jpg","size":\#(size),"contentType":"image/jpeg"}"#, token: token)
      if answer.head.status == 201 { granted += 1 }
    }
    #expect(granted == room)
    let refused = try stack.claim(#"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#, token: token)
    #expect(refused.head.status == (quota % size == 0 ? 403 : 201))
    if refused.head.status == 403 { try expect(refused, 403, "quota_exceeded") }
  }

  @Test func `other methods and paths are 405 and 404`() throws {
    let token = [(name: "Authorization", value: "Bearer \(stack.token)")]
    let answer = try stack.send("GET", "/v1/uploads", headers: token)
    try expect(answer, 405, "method_not_allowed")
    #expect(answer.head["Allow"] == "POST")
    try expect(try stack.send("POST", "/v1/uploads/x", headers: token, body: Array("{}".utf8)), 404, "not_found")
    try expect(try stack.send("GET", "/v1/nothing", headers: token), 404, "not_found")
  }

  @Test func `an unknown file and another user's are the same 404`() throws {
    let mine = try stack.ticket(size: 10).fileId
    let stranger = try TokenForge(stack).token(subject: "stranger", expiresAt: .now + 600)
    let unknown = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    let answers = try [mine, unknown, "x"].map {
      try stack.send("GET", "/v1/files/\($0)", headers: [("Authorization", "Bearer \(stranger)")])
    }
    for answer in answers { try expect(answer, 404, "not_found") }
    #expect(try stack.send("GET", "/v1/files/\(mine)").head.status == 401)
  }
}
