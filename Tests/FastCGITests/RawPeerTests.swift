import Foundation
import TestSupport
import Testing

@Suite(.serialized) final class RawPeerTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }

  init() throws { folder = try ScratchFolder.make(named: "fastcgi") }
  deinit { try? FileManager.default.removeItem(at: folder) }

  private func answer(to bytes: [UInt8]) -> (text: String, isEnded: Bool)? {
    guard let wire = Wire(socket: socket) else { return nil }
    wire.send(bytes)
    return wire.readToEnd().map(FastCGIRecords.read)
  }

  @Test func `sixty-four peers that stall anywhere in a request delay nobody, and are disconnected`() throws {
    let echo = try EchoProcess(socket: socket, "receive-ms=1500")
    let whole = FastCGIRecords.whole("/echo", body: [UInt8](repeating: 7, count: 1_000))
    let stalled = (1...64).compactMap { index -> Wire? in
      let wire = Wire(socket: socket)
      wire?.send(Array(whole.prefix(whole.count * index / 65)))
      return wire
    }
    #expect(stalled.count == 64)
    var slowest = 0.0
    for _ in 0..<100 {
      let start = Date()
      #expect(answer(to: FastCGIRecords.whole("/empty"))?.text.hasSuffix("{}") == true)
      slowest = max(slowest, -start.timeIntervalSinceNow)
    }
    #expect(slowest < 1)
    #expect(stalled.allSatisfy { $0.readToEnd() == [] })
    #expect(echo.end() == 0)
  }

  @Test func `a peer that sends a byte now and then is disconnected at the deadline`() throws {
    let echo = try EchoProcess(socket: socket, "receive-ms=500")
    let wire = try #require(Wire(socket: socket))
    let start = Date()
    for byte in FastCGIRecords.whole("/echo", body: [UInt8](repeating: 1, count: 300)) {
      if !wire.send([byte]) { break }
      usleep(50_000)
      if -start.timeIntervalSinceNow > 15 { break }
    }
    #expect(-start.timeIntervalSinceNow < 10)
    #expect(echo.end() == 0)
  }

  @Test func `peers that never read their response are disconnected at the deadline`() throws {
    let echo = try EchoProcess(socket: socket, "deadline-ms=500")
    let deaf = (0..<8).compactMap { _ in Wire(socket: socket) }
    for wire in deaf {
      let block =
        FastCGIRecords.pair("REQUEST_METHOD", "GET") + FastCGIRecords.pair("DOCUMENT_URI", "/large")
        + FastCGIRecords.pair("QUERY_STRING", "100000000")
      wire.send(
        FastCGIRecords.begin() + FastCGIRecords.record(4, block) + FastCGIRecords.record(4, [])
          + FastCGIRecords.record(5, [])
      )
    }
    let start = Date()
    #expect(answer(to: FastCGIRecords.whole("/empty"))?.isEnded == true)
    #expect(-start.timeIntervalSinceNow < 5)
    #expect(deaf.count == 8)
    #expect(echo.end() == 0)
  }

  @Test func `stalled peers above the limit cost only the oldest ones`() throws {
    let echo = try EchoProcess(socket: socket, "receive-ms=30000")
    let stalled = (0..<300).compactMap { _ in Wire(socket: socket) }
    for wire in stalled { wire.send(FastCGIRecords.begin()) }
    #expect(answer(to: FastCGIRecords.whole("/empty"))?.isEnded == true)
    #expect(stalled.first?.readToEnd() == [])
    #expect(echo.openDescriptors < 300)
    kill(echo.process.processIdentifier, SIGKILL)
    echo.process.waitUntilExit()
  }

  @Test func `hostile records are disconnected and the process lives on`() throws {
    let echo = try EchoProcess(socket: socket)
    let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    #expect(
      answer(to: FastCGIRecords.begin() + FastCGIRecords.record(4, huge + huge) + FastCGIRecords.record(4, []))?.text
        == ""
    )
    #expect(answer(to: Array("GET / HTTP/1.1\r\n\r\n".utf8))?.text == "")
    #expect(answer(to: FastCGIRecords.whole("/empty"))?.isEnded == true)
    #expect(echo.end() == 0)
  }

  @Test func `wrong and missing lengths get their status`() throws {
    let echo = try EchoProcess(socket: socket)
    let short = FastCGIRecords.whole("/echo", body: [1, 2, 3], length: "4")
    #expect(answer(to: short)?.text.hasPrefix("Status: 400 Bad Request\r\n") == true)
    let missing = FastCGIRecords.head("/echo") + FastCGIRecords.record(5, [1]) + FastCGIRecords.record(5, [])
    #expect(answer(to: missing)?.text.hasPrefix("Status: 411 Length Required\r\n") == true)
    let nameless = FastCGIRecords.begin() + FastCGIRecords.record(4, []) + FastCGIRecords.record(5, [])
    #expect(answer(to: nameless)?.text.hasPrefix("Status: 500 ") == true)
    #expect(echo.end() == 0)
  }

  @Test func `a request handed to libfcgi comes back whole and leaves no descriptor, kept connections too`() throws {
    let echo = try EchoProcess(socket: socket)
    #expect(answer(to: FastCGIRecords.whole("/empty"))?.isEnded == true)
    let before = echo.openDescriptors
    let body = (0..<20_000).map { UInt8($0 % 127) }
    for index in 0..<100 {
      let result = answer(to: FastCGIRecords.whole("/echo", body: body, flags: index.isMultiple(of: 2) ? 1 : 0))
      #expect(result?.isEnded == true)
      #expect(result.map { Array($0.text.utf8.suffix(body.count)) == body } == true)
    }
    #expect(echo.openDescriptors == before)
    #expect(echo.end() == 0)
  }

  @Test func `a small request after a large one contains nothing of it`() throws {
    let echo = try EchoProcess(socket: socket, "threads=1")
    _ = answer(to: FastCGIRecords.whole("/echo", body: [UInt8](repeating: 83, count: 60_000)))
    #expect(answer(to: FastCGIRecords.whole("/echo", body: [65]))?.text.hasSuffix("body=1\nA") == true)
    #expect(echo.end() == 0)
  }
}
