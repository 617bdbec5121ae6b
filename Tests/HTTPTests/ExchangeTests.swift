import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@Suite struct `An exchange` {
  let client = HTTPClient()

  @Test func `path, query and header fields arrive as given`() throws {
    let server = try ScriptedServer(.bytes(answer("")))
    defer { server.stop() }
    _ = try client.send(
      HTTPRequest("GET", server.url + "/a//b/../c%2F?x=%20", headers: [("X-Empty", ""), ("X-Full", "a:b")])
    )
    let lines = server.requests[0].head.split(separator: "\r\n")
    #expect(lines[0] == "GET /a//b/../c%2F?x=%20 HTTP/1.1")
    #expect(lines.contains("X-Empty:") && lines.contains("X-Full: a:b"))
  }

  @Test(arguments: [0, 1, 1000, 3_000_000]) func `each kind of body arrives whole`(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let folder = try ScratchFolder()
    let file = open(try folder.write([1, 2, 3] + bytes + [4], to: "body"), O_RDONLY)
    defer { close(file) }
    let bodies: [HTTPBody] = [
      .bytes(bytes), .file(descriptor: file, offset: 3, length: Int64(count)),
      .reader(length: Int64(count)) { offset, buffer throws(HTTPError) in
        bytes.withUnsafeBytes {
          buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)...].prefix(buffer.count)))
        }
        return buffer.count
      },
    ]
    let server = try ScriptedServer(.bytes(answer("done")))
    defer { server.stop() }
    for body in bodies {
      #expect(try client.send(HTTPRequest("PUT", server.url, body: body)).body == Array("done".utf8))
    }
    #expect(server.requests.map { $0.body == bytes } == [true, true, true])
  }

  @Test func `a body that ends early or fails ends the exchange`() throws {
    let server = try ScriptedServer(.bytes(answer("")))
    defer { server.stop() }
    let folder = try ScratchFolder()
    let file = open(try folder.write([1, 2, 3], to: "body"), O_RDONLY)
    defer { close(file) }
    let short = HTTPRequest("PUT", server.url, body: .file(descriptor: file, offset: 0, length: 5))
    #expect(failure { () throws(HTTPError) in _ = try client.send(short) } == "aborted the body ended 2 bytes early")
    let failing = HTTPRequest(
      "PUT",
      server.url,
      body: .reader(length: 5) { _, _ throws(HTTPError) in throw .aborted("no disk") }
    )
    #expect(failure { () throws(HTTPError) in _ = try client.send(failing) } == "aborted no disk")
    #expect(server.requests.isEmpty)
  }

  @Test func `an error of the receiver is passed on, and the client stays usable`() throws {
    let server = try ScriptedServer(.bytes(answer("12345")))
    defer { server.stop() }
    let request = HTTPRequest("GET", server.url)
    let outcome = failure { () throws(HTTPError) in
      _ = try client.send(request) { _, _ throws(HTTPError) in throw .aborted("enough") }
    }
    #expect(outcome == "aborted enough")
    var received: [UInt8] = []
    let response = try client.send(request) { head, bytes throws(HTTPError) in
      #expect(head.status == 200)
      received.append(contentsOf: bytes)
    }
    #expect(received == Array("12345".utf8) && response.body.isEmpty)
  }

  @Test func `the body of an error response is kept, and not given to the receiver`() throws {
    let server = try ScriptedServer(.bytes(answer("why", status: "404 Not Found")))
    defer { server.stop() }
    let response = try client.send(HTTPRequest("GET", server.url)) { _, _ throws(HTTPError) in Issue.record("received")
    }
    #expect(response.head.status == 404 && response.body == Array("why".utf8))
  }

  @Test func `an interim response is skipped, and a response to HEAD has no body`() throws {
    let early = "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
    let server = try ScriptedServer(
      .bytes(early + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n")
    )
    defer { server.stop() }
    let response = try client.send(HTTPRequest("HEAD", server.url, deadlines: impatient))
    #expect(response.head["x-early"] == nil && response.head["CONTENT-LENGTH"] == "9" && response.body.isEmpty)
    #expect(response.head.date("Last-Modified") == Date(timeIntervalSince1970: 784_111_777))
  }

  @Test func `the environment's proxy is ignored`() async throws {
    await #expect(processExitsWith: .success) {
      setenv("http_proxy", "http://127.0.0.1:1", 1)
      setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
      let server = try ScriptedServer(.bytes(answer("direct")))
      guard try HTTPClient().send(HTTPRequest("GET", server.url)).body == Array("direct".utf8) else { exit(1) }
      let obedient = HTTPClient(.init(usesEnvironmentProxy: true))
      if (try? obedient.send(HTTPRequest("GET", server.url))) != nil { exit(2) }
    }
  }
}

@Suite struct `Connections` {
  @Test func `sequential requests share one connection`() throws {
    let server = try ScriptedServer(.bytes(answer("x")))
    defer { server.stop() }
    let client = HTTPClient()
    for _ in 0..<5 { _ = try client.send(HTTPRequest("GET", server.url)) }
    #expect(server.connections == 1 && server.requests.count == 5)
  }

  @Test func `four threads need no more than four connections`() throws {
    let server = try ScriptedServer(.bytes(answer("x")))
    defer { server.stop() }
    let client = HTTPClient()
    let failures = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<10 where (try? client.send(HTTPRequest("GET", server.url)).body) != [0x78] {
        failures.withLock { $0 += 1 }
      }
    }
    #expect(failures.withLock { $0 } == 0)
    #expect(server.connections <= 4 && server.requests.count == 40)
  }

  @Test func `a kept connection that the server closed is replaced, and the body is sent whole`() throws {
    let server = try ScriptedServer(.cut(after: answer("first")), .bytes(answer("second")))
    defer { server.stop() }
    let client = HTTPClient()
    let bytes = [UInt8](repeating: 7, count: 300_000)
    _ = try client.send(HTTPRequest("GET", server.url))
    #expect(try client.send(HTTPRequest("PUT", server.url, body: .bytes(bytes))).body == Array("second".utf8))
    #expect(server.requests.last?.body == bytes && server.connections == 2)
  }
}
