import HTTP
import TestSupport
import Testing

@Suite struct `A client of a hostile server` {
  let client = HTTPClient()

  private func outcome(_ script: ScriptedServer.Answer, method: String = "GET", limit: Int = 1000) throws -> String? {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    return failure { () throws(HTTPError) in
      _ = try client.send(HTTPRequest(method, server.url + "/", deadlines: impatient, maximumAnswer: limit))
    }
  }

  @Test func `a response shorter than announced is incomplete`() throws {
    #expect(try outcome(.cut(after: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")) == "incomplete")
  }

  @Test func `a chunked response without its end is incomplete`() throws {
    #expect(
      try outcome(.cut(after: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n")) == "incomplete"
    )
  }

  @Test func `a reset is a connection error`() throws {
    #expect(try outcome(.reset(after: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")) == "connection")
  }

  @Test func `a connection closed without a response is a connection error`() throws {
    #expect(try outcome(.cut(after: "")) == "connection")
  }

  @Test func `the client gives up if the server stops sending`() throws {
    #expect(try outcome(.stall(after: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")) == "timeout")
    #expect(try outcome(.stall(after: "")) == "timeout")
  }

  @Test func `the total deadline is kept`() throws {
    let server = try ScriptedServer(.stall(after: ""))
    defer { server.stop() }
    let request = HTTPRequest("GET", server.url, deadlines: HTTPDeadlines(total: 0.2, stall: 60))
    #expect(failure { () throws(HTTPError) in _ = try client.send(request) } == "timeout")
  }

  @Test func `one byte over the limit is refused and the limit itself is not`() throws {
    #expect(try outcome(.bytes(answer("12345")), limit: 4) == "tooLarge 4")
    #expect(try outcome(.bytes(answer("12345")), limit: 5) == nil)
  }

  @Test func `an endless header section is cut off`() throws {
    let line = "X-Filler: " + String(repeating: "x", count: 1000) + "\r\n"
    let endless = "HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 100)
    #expect(try outcome(.bytes(endless)) == "tooLarge \(HTTPClient.headLimit)")
  }

  @Test func `a response that is not HTTP is refused`() throws {
    #expect(try outcome(.cut(after: "220 mail.example ESMTP\r\n")) == "protocolViolation")
  }

  @Test func `a redirect is returned and not followed`() throws {
    let server = try ScriptedServer(
      .bytes(answer("", status: "302 Found", headers: "Location: /elsewhere\r\n")),
      .bytes(answer("there"))
    )
    defer { server.stop() }
    let response = try client.send(HTTPRequest("GET", server.url + "/"))
    #expect(response.head.status == 302 && server.requests.count == 1)
  }

  @Test func `a redirect is followed if requested, to HTTP URLs only`() throws {
    let server = try ScriptedServer(
      .bytes(answer("", status: "302 Found", headers: "Location: /elsewhere\r\n")),
      .bytes(answer("there")),
      .bytes(answer("", status: "302 Found", headers: "Location: file:///etc/passwd\r\n"))
    )
    defer { server.stop() }
    let request = HTTPRequest("GET", server.url + "/", maximumRedirects: 1)
    #expect(try client.send(request).body == Array("there".utf8))
    #expect(failure { () throws(HTTPError) in _ = try client.send(request) } == "protocolViolation")
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "no url", "http://127.0.0.1:1/a b"])
  func `a URL of another scheme is refused`(url: String) {
    #expect(failure { () throws(HTTPError) in _ = try client.send(HTTPRequest("GET", url)) } == "protocolViolation")
  }

  @Test(arguments: [("X-A", "1\r\nX-B: 2"), ("X-A\r\nX-B", "1"), ("X-A", "\u{0}"), ("X A", "1"), ("", "1")])
  func `a malformed header field is refused`(name: String, value: String) throws {
    let server = try ScriptedServer(.bytes(answer("")))
    defer { server.stop() }
    let request = HTTPRequest("GET", server.url, headers: [(name, value)])
    #expect(failure { () throws(HTTPError) in _ = try client.send(request) } == "protocolViolation")
    #expect(server.requests.isEmpty)
  }

  @Test func `an unknown host name is a connection error each time, and breaks no later exchange`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    defer { server.stop() }
    for _ in 0..<3 {
      let request = HTTPRequest("GET", "http://nosuch.invalid/", deadlines: impatient)
      #expect(failure { () throws(HTTPError) in _ = try client.send(request) } == "connection")
    }
    #expect(try client.send(HTTPRequest("GET", server.url + "/", deadlines: impatient)).head.status == 200)
  }

  @Test func `a closed port is a connection error`() throws {
    let port = try freePorts(1)[0]
    let request = HTTPRequest("GET", "http://127.0.0.1:\(port)/")
    #expect(failure { () throws(HTTPError) in _ = try client.send(request) } == "connection")
  }
}
