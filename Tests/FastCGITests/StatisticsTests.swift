import Foundation
import Synchronization
import TestSupport
import Testing

@testable import FastCGI

/// Counters that a server reports while it serves.
@Suite(.serialized) final class StatisticsTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }
  private var settings = Server.Settings()

  init() throws {
    folder = try ScratchFolder.make(named: "fastcgi")
    settings.endsOnSignals = false
    settings.threads = 1
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func serve(
    _ handler: @escaping @Sendable (Request) -> Response,
    while body: (ServerStatistics) throws -> Void
  ) throws {
    let server = Server(listener: .path(socket, mode: 0o600), settings: settings)
    let result = Result {
      try server.run(
        ready: {
          defer { server.stop() }
          do { try body(server.statistics) } catch { Issue.record(error) }
        },
        handler: handler
      )
    }
    try result.get()
    #expect(server.statistics.open == 0)
  }

  private func expect(_ condition: () -> Bool) {
    for _ in 0..<500 where !condition() { usleep(10_000) }
    #expect(condition())
  }

  @Test func `responses are counted by connection, and stalled peers as disconnected`() throws {
    settings.receiveTimeout = .milliseconds(200)
    let server = Server(listener: .path(socket, mode: 0o600), settings: settings)
    let path = socket
    let client = Thread {
      for _ in 0..<3 { _ = try? Client(socket: path).get("/") }
      let stalled = Wire(socket: path)
      stalled?.send(Array(FastCGIRecords.whole("/").prefix(20)))
      _ = stalled?.readToEnd()
      server.stop()
    }
    try server.run(ready: { client.start() }) { _ in Response(status: 200) }
    #expect(server.statistics.accepted == 4 && server.statistics.cut == 1)
    #expect(server.statistics.open == 0 && server.statistics.crowdedOut == 0 && server.statistics.failed == 0)
  }

  @Test func `waiting deferred responses are reported, and refusals are counted`() throws {
    settings.deferredThreads = 1
    settings.maximumWaiting = 1
    let release = DispatchSemaphore(value: 0)
    let begun = Mutex(0)
    try serve({ _ in
      .deferred {
        begun.withLock { $0 += 1 }
        release.wait()
        return Response(status: 200)
      }
    }) { statistics in
      let wires = try (0..<2).map { _ in try #require(Wire(socket: socket)) }
      wires[0].send(FastCGIRecords.whole("/"))
      expect { begun.withLock { $0 } == 1 && statistics.open == 2 }
      wires[1].send(FastCGIRecords.whole("/"))
      expect { statistics.waiting == 1 }
      #expect(try Client(socket: socket).get("/").status == 503)
      #expect(statistics.refused == 1 && statistics.waiting == 1)
      release.signal()
      release.signal()
      for wire in wires { #expect(wire.readToEnd().map { FastCGIRecords.read($0).isEnded } == true) }
      #expect(statistics.waiting == 0)
    }
  }
}
