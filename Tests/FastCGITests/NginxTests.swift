import Foundation
import TestSupport
import Testing

@Suite(.serialized) final class NginxTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }

  init() throws { folder = try ScratchFolder.make(named: "fastcgi") }
  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test(arguments: ["on", "off"])
  func `sixty-four clients that stall in a body delay nobody`(_ buffering: String) throws {
    let echo = try EchoProcess(socket: socket)
    let nginx = try nginx(before: socket, location: "fastcgi_request_buffering \(buffering);")
    defer { nginx.stop() }
    let stalled = (0..<64).compactMap { _ in Wire(port: nginx.port) }
    for wire in stalled {
      wire.send(Array("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nhalf".utf8))
    }
    #expect(stalled.count == 64)
    var slowest = 0.0
    for _ in 0..<100 {
      let start = Date()
      #expect(ask(nginx.port, "/empty")?.text == "{}")
      slowest = max(slowest, -start.timeIntervalSinceNow)
    }
    #expect(slowest < 1)
    kill(echo.process.processIdentifier, SIGKILL)
    echo.process.waitUntilExit()
  }

  @Test func `a body of exactly the limit passes and one byte more is 413`() throws {
    let echo = try EchoProcess(socket: socket, "body=70000")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let exact = try #require(ask(nginx.port, "/echo", method: "POST", body: [UInt8](repeating: 65, count: 70_000)))
    #expect(exact.status == 200)
    #expect(exact.text.hasSuffix("body=70000\n" + String(repeating: "A", count: 70_000)))
    #expect(ask(nginx.port, "/echo", method: "POST", body: [UInt8](repeating: 65, count: 70_001))?.status == 413)
    let far = ask(nginx.port, "/echo", method: "POST", body: [UInt8](repeating: 65, count: 20_000_000))
    #expect(far?.text == "refused 413")
    #expect(echo.end() == 0)
  }

  @Test func `a line break in a header's value is a 500, and not a header`() throws {
    let echo = try EchoProcess(socket: socket)
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let answer = try #require(ask(nginx.port, "/inject"))
    #expect(answer.status == 500)
    #expect(!answer.head.contains("stolen"))
    #expect(echo.end() == 0)
  }

  @Test func `a path that is not UTF-8 is 400`() throws {
    let echo = try EchoProcess(socket: socket)
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    #expect(ask(nginx.port, "/a%FFb")?.status == 400)
    #expect(ask(nginx.port, "/a%C3%A9")?.text.contains("path=/aé\n") == true)
    #expect(echo.end() == 0)
  }

  @Test func `method, path, query, headers and body arrive`() throws {
    let echo = try EchoProcess(socket: socket)
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let headers = "X-Test: one\r\nX-Test: two\r\nContent-Type: text/x\r\nCookie: a=1\r\n"
    let posted = try #require(
      ask(nginx.port, "/x/%2e%2e/y%20z?a=%20b", method: "POST", headers: headers, body: Array("hello".utf8))
    )
    #expect(
      posted.text == """
        method=POST
        path=/y z
        query=a=%20b
        X-Test=one, two
        Content-Type=text/x
        Cookie=a=1
        remote=127.0.0.1
        body=5
        hello
        """
    )
    #expect(ask(nginx.port, "/echo")?.text.hasPrefix("method=GET\n") == true)
    let empty = ask(nginx.port, "/echo", headers: "X-Test:\r\nCookie: \r\n")?.text
    #expect(empty?.contains("\nX-Test=\nContent-Type=none\nCookie=\n") == true, "\(empty ?? "")")
    let lines = ask(nginx.port, "/echo", headers: "X-Test:\r\nX-Test: a\r\nX-Test:\r\n")?.text
    #expect(lines?.contains("\nX-Test=, a, \n") == true, "\(lines ?? "")")
    #expect(ask(nginx.port, "/no-content")?.status == 204)
    let head = try #require(ask(nginx.port, "/empty", method: "HEAD"))
    #expect(head.head.contains("Content-Length: 2"))
    #expect(head.isWhole)
    #expect(echo.end() == 0)
  }

  @Test func `a large streamed answer arrives whole`() throws {
    let echo = try EchoProcess(socket: socket)
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let body = try #require(ask(nginx.port, "/large?20000000")).body
    #expect(body.count == 20_000_000)
    #expect(stride(from: 0, to: body.count, by: 9_973).allSatisfy { body[$0] == UInt8($0 % 251) })
    #expect(echo.end() == 0)
  }

  @Test func `a truncated response is an error for the client and is not cached`() throws {
    let echo = try EchoProcess(socket: socket)
    let location = """
      fastcgi_cache images; fastcgi_cache_key $request_uri; fastcgi_cache_valid 200 1h;
      add_header X-Cache $upstream_cache_status;
      """
    let http = "fastcgi_cache_path cache keys_zone=images:1m;"
    let nginx = try nginx(before: socket, location: location, http: http)
    defer { nginx.stop() }
    for size in [100, 200_000] {
      #expect(ask(nginx.port, "/cut?\(size)").map { $0.status != 200 || !$0.isWhole } ?? true)
      let second = try #require(ask(nginx.port, "/cut?\(size)"))
      #expect(second.isWhole && second.body.count == size)
      #expect(second.head.contains("X-Cache: MISS"))
      #expect(ask(nginx.port, "/cut?\(size)")?.head.contains("X-Cache: HIT") == true)
      #expect(ask(nginx.port, "/short?\(size)").map { $0.status != 200 || !$0.isWhole } ?? true)
    }
    #expect(echo.end() == 0)
  }
}
