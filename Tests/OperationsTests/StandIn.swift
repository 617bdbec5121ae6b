import FastCGI
import Foundation
import Synchronization
import Testing

/// Stands in for a process: a FastCGI server that gives one answer to every request.
final class StandIn: Sendable {
  private let server: Server
  private let answer: Mutex<Response>
  private let isOver = DispatchSemaphore(value: 0)

  init(at socket: String, status: Int = 200, body: String = #"{"parts":{"database":"ok"}}"#) throws {
    var settings = Server.Settings()
    settings.threads = 1
    settings.endsOnSignals = false
    let server = Server(listener: .path(socket, mode: 0o600), settings: settings)
    self.server = server
    answer = Mutex(Response(status: status, body: .bytes(Array(body.utf8))))
    let isReady = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      do {
        try server.run(ready: { isReady.signal() }) { _ in self.answer.withLock { $0 } }
      } catch {
        Issue.record(error)
        isReady.signal()
      }
      isOver.signal()
    }
    isReady.wait()
  }

  func say(_ status: Int, _ body: String) {
    answer.withLock { $0 = Response(status: status, body: .bytes(Array(body.utf8))) }
  }

  /// Asks the server to stop; `waitUntilOver` waits until it has.
  func stop() { server.stop() }

  func waitUntilOver() { isOver.wait() }
}
