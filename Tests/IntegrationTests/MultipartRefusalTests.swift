import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: isRunning, howToRun)) struct MultipartRefusalTests {
  private let stack: Stack
  private let rows: DatabaseRows
  private let bucket: BucketView
  private let user = "refused-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    bucket = try BucketView(stack)
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  private func ask(_ method: String, _ file: String, _ what: String = "", json: String? = nil) throws -> HTTPResponse {
    try stack.ask(method, file, what, json: json, token: token)
  }

  private func expect(
    _ answer: HTTPResponse,
    _ status: Int,
    _ code: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(answer.head.status == status, sourceLocation: sourceLocation)
    #expect(try Stack.problem(answer).code == code, sourceLocation: sourceLocation)
  }

  private func uploads() throws -> Int {
    try bucket.store.listMultipartUploads("uploads-raw", prefix: "\(user)/", after: nil, limit: 100).items.count
  }

  private func expectNothingLeft() throws {
    let end = Date.now + 60
    while try rows.multiparts(user) != 0, Date.now < end { usleep(100_000) }
    #expect(try rows.multiparts(user) == 0 && uploads() == 0)
    #expect(try bucket.store.listVersions("uploads-raw", prefix: "\(user)/", after: nil, limit: 10).items.isEmpty)
    #expect(try rows.reserved(user) == [0, 0])
  }

  @Test func `another user's upload and an unknown one are the same 404, on every route`() throws {
    let file = try stack.multipartTicket(size: 11 << 20, token: token).fileId
    let stranger = try TokenForge(stack).token(subject: "stranger", expiresAt: .now + 600)
    let unknown = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    let questions = [
      ("POST", "/parts", #"{"numbers":[1]}"#), ("GET", "/parts", nil), ("POST", "/complete", nil), ("DELETE", "", nil),
    ]
    for (method, what, json) in questions {
      let bodies = try [file, unknown].map { id in
        let answer = try stack.ask(method, id, what, json: json, token: stranger)
        try expect(answer, 404, "not_found")
        return String(decoding: answer.body, as: UTF8.self).replacing(/"requestId":"[^"]*"/, with: "")
      }
      #expect(bodies[0] == bodies[1])
      #expect(try stack.ask(method, file, what, json: json, token: "none").head.status == 401)
    }
    #expect(try rows.reserved(user) == [11 << 20, 11 << 20])
    for _ in 0..<2 { #expect(try ask("DELETE", file).head.status == 204) }
    try expectNothingLeft()
  }

  @Test func `an expired upload accepts no part and no completion, and the sweep deletes it`() throws {
    let file = try stack.putParts([UInt8](repeating: 1, count: 11 << 20), token: token).fileId
    try rows.expire(file, ago: 10)
    try expect(try ask("POST", file, "/parts", json: #"{"numbers":[1]}"#), 409, "upload_closed")
    try rows.expire(file, ago: 3700)
    try expect(try ask("POST", file, "/complete"), 409, "upload_closed")
    _ = try run("stowage", ["sweep"])
    #expect(try stack.file(file, token: token).state == "expired")
    try expect(try ask("POST", file, "/complete"), 409, "upload_closed")
    #expect(try ask("DELETE", file).head.status == 204)
    try expectNothingLeft()
  }

  @Test func `invalid numbers, members and methods are refused with an explanation`() throws {
    let file = try stack.multipartTicket(size: 11 << 20, token: token).fileId
    let many = "[" + (1...101).map(String.init).joined(separator: ",") + "]"
    for numbers in ["[]", "[0]", "[4]", "[1,1]", "[-1]", "[\"1\"]", "1", "null", many] {
      let answer = try ask("POST", file, "/parts", json: #"{"numbers":\#(numbers)}"#)
      try expect(answer, 400, "invalid_request")
      #expect(try Stack.problem(answer).detail?.hasPrefix("numbers") == true, "\(numbers)")
    }
    for json in ["", "{}", "[1]", #"{"numbers":[1.5]}"#, #"{"numbers":[1],"x":1}"#] {
      try expect(try ask("POST", file, "/parts", json: json), 400, "invalid_request")
    }
    try expect(try ask("PUT", file, "/parts"), 405, "method_not_allowed")
    try expect(try ask("GET", file, "/complete"), 405, "method_not_allowed")
    try expect(try ask("GET", file), 405, "method_not_allowed")
    for path in ["/abort", "/parts/1", "/"] { try expect(try ask("POST", file, path), 404, "not_found") }
    #expect(try ask("DELETE", file).head.status == 204)
  }

  @Test func `an aborted single PUT releases its quota at once, and a later object is deleted`() throws {
    let photo = try Photo.jpeg(width: 200, height: 100)
    let ticket = try stack.ticket(size: photo.count, token: token)
    let said = try ask("POST", ticket.fileId, "/complete")
    #expect(said.head.status == 200 && String(decoding: said.body, as: UTF8.self).contains(#""state":"pending""#))
    for _ in 0..<2 { #expect(try ask("DELETE", ticket.fileId).head.status == 204) }
    #expect(try rows.reserved(user) == [0, 0])
    #expect(try stack.put(photo, ticket).head.status == 200)
    let end = Date.now + 60
    let key = "\(user)/\(ticket.fileId)/"
    while try !bucket.store.listVersions("uploads-raw", prefix: key, after: nil, limit: 10).items.isEmpty,
      Date.now < end
    { usleep(100_000) }
    try expectNothingLeft()
    #expect(try stack.file(ticket.fileId, token: token).state == "aborted")
  }

  @Test func `the number of open uploads is limited, and an aborted one no longer counts`() throws {
    defer { #expect(throws: Never.self) { try rows.forget(user) } }
    let limit = (try? stack.setting("STOWAGE_UPLOAD_MAX_OPEN")).flatMap { Int($0) } ?? 100
    let claim = #"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#
    let files = try (0..<limit).map { _ in
      let ticket: Stack.Ticket = try Stack.decode(try stack.claim(claim, token: token), status: 201)
      return ticket.fileId
    }
    try expect(try stack.claim(claim, token: token), 429, "too_many_uploads")
    let large = claim.replacing("1,", with: "11000000,")
    try expect(try stack.claim(large, token: token), 429, "too_many_uploads")
    #expect(try rows.reserved(user) == [limit, limit] && uploads() == 0)
    #expect(try ask("DELETE", files[0]).head.status == 204)
    #expect(try stack.claim(claim, token: token).head.status == 201)
  }
}
