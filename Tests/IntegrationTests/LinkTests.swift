import Foundation
import HTTP
import TestSupport
import Testing

/// Links on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct LinkTests {
  private struct Made: Decodable {
    var id: String
    var url: String
    var expiresAt: Date
  }
  private struct Listed: Decodable {
    struct Link: Decodable {
      var id: String
      var disposition: String
    }
    var links: [Link]
  }

  private let stack: Stack
  private let file: Stack.File
  private let bytes = Document.pdf(comment: UUID().uuidString)

  init() throws {
    stack = try #require(Stack.current)
    file = try stack.upload(bytes, "Übung.pdf", type: "application/pdf")
  }

  private var headers: [(name: String, value: String)] {
    [("Authorization", "Bearer \(stack.token)"), ("Content-Type", "application/json")]
  }

  private func make(_ json: String) throws -> HTTPResponse {
    try stack.send("POST", "/v1/files/\(file.id)/links", headers: headers, body: Array(json.utf8))
  }

  private func path(_ made: Made) throws -> String {
    let url = try #require(URLComponents(string: made.url))
    #expect(made.url.hasPrefix(stack.url + "/v1/links/"))
    return url.path
  }

  @Test func `anybody with a link gets the file until it is revoked, and every failed link looks the same`() throws {
    let made = try Stack.decode(make(#"{"expiresInSeconds":3600,"disposition":"inline"}"#), status: 201) as Made
    #expect(abs(made.expiresAt.timeIntervalSinceNow - 3600) < 300)
    let path = try path(made)
    let answer = try stack.send("GET", path)
    #expect(answer.head.status == 200 && answer.head["Cache-Control"] == "private, no-store")
    #expect(answer.body == bytes && answer.head["Content-Disposition"]?.hasPrefix("inline; ") == true)
    #expect(answer.head.headers.filter { $0.name.lowercased() == "x-robots-tag" }.map(\.value) == ["noindex"])
    #expect(answer.head.headers.filter { $0.name.lowercased() == "referrer-policy" }.map(\.value) == ["no-referrer"])
    let head = try stack.send("HEAD", path).head
    #expect(
      head.status == 200 && head["Content-Length"] == "\(bytes.count)" && head["Content-Type"] == "application/pdf"
    )
    #expect(head["Content-Disposition"] == answer.head["Content-Disposition"])
    let list = "/v1/files/\(file.id)/links"
    let listed = try stack.send("GET", list, headers: headers)
    #expect(!String(decoding: listed.body, as: UTF8.self).contains(path.suffix(64)))
    #expect(try (Stack.decode(listed, status: 200) as Listed).links.map(\.id) == [made.id])
    for _ in 0..<2 { #expect(try stack.send("DELETE", "\(list)/\(made.id)", headers: headers).head.status == 204) }
    let refusals = try [path, "/v1/links/" + String(repeating: "0", count: 64), "/v1/links/x", "/v1/links/"].map {
      try Comparable404(stack.send("GET", $0))
    }
    #expect(Set(refusals).count == 1 && refusals[0].status == 404)
    #expect(try stack.send("POST", path).head.status == 405)
  }

  @Test func `a link reveals neither the uploader nor the original name`() throws {
    let path = try path(Stack.decode(make("{}"), status: 201) as Made)
    for (method, more) in [("GET", []), ("HEAD", []), ("GET", [("Range", "bytes=0-3")])]
      as [(String, [(name: String, value: String)])]
    {
      let answer = try stack.send(method, path, headers: more)
      #expect([200, 206].contains(answer.head.status))
      for (name, value) in answer.head.headers {
        let line = "\(name): \(value)".lowercased()
        #expect(!line.hasPrefix("x-amz") && !line.hasPrefix("seaweed") && !line.hasPrefix("location:"), "\(line)")
        #expect(!line.contains("uploads-raw"), "\(line)")
      }
    }
  }

  @Test func `a request without a body makes a link with the defaults, like an empty object`() throws {
    for (json, headers) in [("", [headers[0]]), ("", headers), ("{}", headers)] {
      let body = json.isEmpty ? nil : Array(json.utf8)
      let answer = try stack.send("POST", "/v1/files/\(file.id)/links", headers: headers, body: body)
      let made = try Stack.decode(answer, status: 201) as Made
      #expect(abs(made.expiresAt.timeIntervalSinceNow - 7 * 86_400) < 300)
      let listed = try stack.send("GET", "/v1/files/\(file.id)/links", headers: headers)
      let links = try (Stack.decode(listed, status: 200) as Listed).links
      #expect(links.first { $0.id == made.id }?.disposition == "attachment")
    }
  }

  @Test func `the secret of a link is in no log`() throws {
    let path = try path(Stack.decode(make("{}"), status: 201) as Made)
    let answers = try [path, "//v1/links/" + path.suffix(64), "/v1/%6cinks/" + path.suffix(64), path + "/x"].map {
      try stack.send("GET", $0)
    }
    #expect(answers.prefix(3).allSatisfy { $0.head.status == 200 })
    let identifiers = try answers.map { try #require($0.head["X-Request-ID"]) }
    let logs = ["nginx/logs/access.log", "logs/files.log"].map { stack.folder.appending(path: $0) }
    let end = Date.now + 60
    for log in logs {
      var text = ""
      repeat {
        text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        if identifiers.allSatisfy(text.contains) { break }
        usleep(50_000)
      } while Date.now < end
      #expect(identifiers.allSatisfy(text.contains), "\(log.lastPathComponent)")
      #expect(!text.contains(path.suffix(64)), "\(log.lastPathComponent)")
    }
  }

  @Test(arguments: [
    " ", "null", "[]", #"{"expiresInSeconds":59}"#, #"{"expiresInSeconds":2592001}"#, #"{"expiresInSeconds":1e9}"#,
    #"{"expiresInSeconds":"60"}"#, #"{"disposition":"download"}"#, #"{"url":"https://evil.example"}"#,
  ])
  func `a link with invalid terms is refused`(json: String) throws {
    let answer = try make(json)
    #expect(try answer.head.status == 400 && Stack.problem(answer).code == "invalid_request")
  }

  @Test func `a file that is not ready cannot have links`() throws {
    let ticket = try stack.ticket(size: 1000)
    let path = "/v1/files/\(ticket.fileId)/links"
    let answer = try stack.send("POST", path, headers: headers, body: Array("{}".utf8))
    #expect(try answer.head.status == 409 && Stack.problem(answer).code == "wrong_state")
    #expect(try (Stack.decode(stack.send("GET", path, headers: headers), status: 200) as Listed).links.isEmpty)
  }
}

/// The members of a response that do not differ between requests.
///
/// nginx closes a connection after a thousand requests, and says so in `Connection`.
struct Comparable404: Hashable {
  let status: Int
  let headers: [String]
  let body: String

  init(_ answer: HTTPResponse) {
    status = answer.head.status
    let identifier = answer.head["X-Request-ID"] ?? "none"
    headers = answer.head.headers.filter { !["date", "x-request-id", "connection"].contains($0.name.lowercased()) }
      .map { "\($0.name): \($0.value)" }
    body = String(decoding: answer.body, as: UTF8.self).replacing(identifier, with: "")
  }
}
