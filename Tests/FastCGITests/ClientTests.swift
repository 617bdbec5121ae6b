import Foundation
import Glibc
import TestSupport
import Testing

@testable import FastCGI

@Suite(.serialized) final class ClientTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }

  init() throws { folder = try ScratchFolder.make(named: "fastcgi") }
  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test func `a response comes with its status, its body and the listener's process ID`() throws {
    let echo = try EchoProcess(socket: socket)
    let answer = try Client(socket: socket).get("/empty")
    #expect(answer.status == 200 && answer.body == Array("{}".utf8))
    #expect(answer.listener == echo.process.processIdentifier)
    #expect(try Client(socket: socket).listener() == echo.process.processIdentifier)
    #expect(try Client(socket: socket).get("/a%zz").status == 200)
    #expect(try Client(socket: socket).get("/inject").status == 500)
    #expect(echo.end() == 0)
  }

  @Test func `a missing server, a slow one and an oversized response are distinct errors`() throws {
    #expect(throws: Client.Failure.unreachable(code: ENOENT)) { try Client(socket: socket).get("/") }
    #expect(throws: Client.Failure.pathTooLong) {
      try Client(socket: "/" + String(repeating: "x", count: 200)).get("/")
    }
    let echo = try EchoProcess(socket: socket)
    let client = Client(socket: socket)
    #expect(throws: Client.Failure.tooLong) { try client.get("/echo", maximumBytes: 4) }
    let mute = socket + ".mute"
    let listener = try OpenListener(.path(mute, mode: 0o600))
    #expect(throws: Client.Failure.timedOut) { try Client(socket: mute).get("/empty", within: .milliseconds(200)) }
    listener.withdraw()
    kill(echo.process.processIdentifier, SIGKILL)
    echo.process.waitUntilExit()
    #expect(throws: Client.Failure.unreachable(code: ECONNREFUSED)) { try client.get("/empty") }
  }

  @Test(
    arguments: [
      [], [1, 3, 0, 1, 0, 8, 0], [1, 6, 0, 1, 0, 200, 0, 0], [2, 3, 0, 1, 0, 0, 0, 0], [1, 9, 0, 1, 0, 0, 0, 0],
      [1, 3, 0, 1, 0, 0, 0, 0], FastCGIRecords.record(6, Array("Status: 200 OK\r\n\r\n".utf8)),
      FastCGIRecords.record(6, Array("Content-Length: 9\r\n\r\nshort".utf8)) + FastCGIRecords.record(3, []),
    ] as [[UInt8]]
  )
  func `an incomplete response is an error`(_ records: [UInt8]) {
    #expect(throws: Client.Failure.broken) { try ClientAnswer(records: records) }
  }

  @Test func `padding, standard error and responses of many records are handled`() throws {
    let padded: [UInt8] = [1, 6, 0, 1, 0, 4, 4, 0] + Array("Stat".utf8) + [0, 0, 0, 0]
    let rest = FastCGIRecords.record(6, Array("us: 503 Away\r\nContent-Length: 2\r\n\r\n".utf8))
    let answer = try ClientAnswer(
      records: padded + FastCGIRecords.record(7, Array("words".utf8)) + rest
        + FastCGIRecords.record(6, Array("{}".utf8))
        + FastCGIRecords.record(6, []) + FastCGIRecords.record(3, [0, 0, 0, 0, 0, 0, 0, 0])
    )
    #expect(answer.status == 503 && answer.body == Array("{}".utf8))
  }
}
