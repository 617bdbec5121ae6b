import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import FastCGI

@Suite(.serialized) final class EndTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }

  init() throws { folder = try ScratchFolder.make(named: "fastcgi") }
  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test func `requests that wait at SIGTERM are answered before the process ends`() throws {
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let echo = try EchoProcess(socket: socket, "threads=2")
    let answers = Mutex<[Int]>([])
    let group = DispatchGroup()
    let port = nginx.port
    for _ in 0..<12 {
      group.enter()
      Thread.detachNewThread {
        let status = ask(port, "/sleep?300")?.status ?? 0
        answers.withLock { $0.append(status) }
        group.leave()
      }
    }
    usleep(200_000)
    #expect(echo.end() == 0)
    group.wait()
    #expect(answers.withLock { $0 } == Array(repeating: 200, count: 12))
  }

  @Test func `the socket has the requested mode, and a successor's socket is not unlinked`() throws {
    let first = try OpenListener(.path(socket, mode: 0o620))
    var status = stat()
    #expect(lstat(socket, &status) == 0 && status.st_mode & 0o777 == 0o620)
    let second = try OpenListener(.path(socket, mode: 0o620))
    first.withdraw()
    #expect(FileManager.default.fileExists(atPath: socket))
    second.withdraw()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `addresses that cannot be listened on are errors, and leave nothing behind`() throws {
    let long = folder.path + "/" + String(repeating: "a", count: 100)
    #expect(throws: ListenError.pathTooLong("\(long).\(getpid()).tmp")) { try OpenListener(.path(long, mode: 0o600)) }
    #expect(throws: ListenError.self) { try OpenListener(.path("/nowhere/at/all", mode: 0o600)) }
    #expect(throws: ListenError.self) { try OpenListener(.inherited(descriptor: 1_000)) }
    try FileManager.default.createDirectory(atPath: socket, withIntermediateDirectories: false)
    #expect(throws: ListenError.self) { try OpenListener(.path(socket, mode: 0o600)) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["echo.sock"])
  }

  @Test func `stop ends run, and restores the previous handling of SIGTERM`() throws {
    var before = sigaction()
    sigaction(SIGTERM, nil, &before)
    var settings = Server.Settings()
    settings.endsOnSignals = false
    let server = Server(listener: .path(socket, mode: 0o600), settings: settings)
    let port = socket
    try server.run(ready: {
      let wire = Wire(socket: port)
      wire?.send(FastCGIRecords.whole("/empty"))
      #expect(
        wire?.readToEnd().map { FastCGIRecords.read($0).text } == "Status: 202 Accepted\r\nContent-Length: 0\r\n\r\n"
      )
      server.stop()
    }) { _ in Response(status: 202) }
    var after = sigaction()
    sigaction(SIGTERM, nil, &after)
    let handlers = [before, after].map { unsafeBitCast($0.__sigaction_handler, to: Int.self) }
    #expect(handlers[0] == handlers[1])
    #expect(!FileManager.default.fileExists(atPath: socket))
  }
}
