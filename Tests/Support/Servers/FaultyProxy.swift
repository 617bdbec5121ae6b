internal import Foundation
internal import Synchronization

/// An HTTP server on 127.0.0.1 that passes each request on to another local server, or fails the request on purpose.
///
/// A connection carries one request. `GET /-/faults/30` makes 30 of 100 requests fail from then on.
public final class FaultyProxy: Sendable {
  /// The ways in which a request fails.
  public enum Fault: CaseIterable, Sendable {
    /// 503 before a byte of the body is read.
    case slowDown
    /// 500 after the whole body.
    case internalError
    /// The connection is reset in the middle of the body.
    case reset
    /// The request is carried out, and its response is dropped.
    case lostAnswer
  }

  /// The treatment of a single request, which a test chooses by its request line.
  public enum Verdict: Sendable {
    /// The request is passed on, unless a random fault strikes.
    case pass
    /// 403 with the code `AccessDenied`.
    case refuse
    /// No response, until the client closes the connection.
    case hang
  }

  private struct State {
    var lines: [String] = []
    var percent = 0
    var passed = 0
    var writes = 0
    var faults: [Fault: Int] = [:]
    var random: Seeded
  }

  /// The port that the system chose.
  public let port: Int
  private let target: Int
  private let listener: Int32
  private let state: Mutex<State>
  private let judge: @Sendable (_ line: String) -> Verdict

  /// Passes requests on to `target`, without faults at first, as far as `judge` lets them pass.
  ///
  /// The same seed gives the same faults in the same order.
  public init(
    to target: Int,
    seed: UInt64 = Seeded.seed,
    judge: @escaping @Sendable (_ line: String) -> Verdict = { _ in .pass }
  ) throws {
    self.target = target
    self.judge = judge
    (listener, port) = try listenOnLoopback()
    state = Mutex(State(random: Seeded("faults", seed: seed)))
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { [self] in
          serve(ProxiedRequest(connection))
          close(connection)
        }
      }
    }
  }

  deinit { close(listener) }

  /// `http://127.0.0.1:port`.
  public var url: String { "http://127.0.0.1:\(port)" }

  /// The number of requests passed on since faults began, and the number of failures of each kind.
  public var counts: (passed: Int, failed: [Fault: Int]) { state.withLock { ($0.passed, $0.faults) } }

  /// The number of requests that ask for a change.
  public var writes: Int { state.withLock { $0.writes } }

  /// The request lines so far, such as `PUT /bucket?cors= HTTP/1.1`.
  public var lines: [String] { state.withLock { $0.lines } }

  /// Closes the listener; open connections continue.
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ request: ProxiedRequest?) {
    guard let request else { return }
    if let percent = request.percent {
      state.withLock { $0.percent = percent }
      return request.answer("200 OK")
    }
    state.withLock { $0.lines.append(request.line) }
    switch judge(request.line) {
    case .pass: break
    case .refuse:
      request.readBody()
      return request.answer("403 Forbidden", code: "AccessDenied")
    case .hang: return request.drain()
    }
    if request.isWrite { state.withLock { $0.writes += 1 } }
    switch draw() {
    case nil: request.pass(to: target)
    case .slowDown:
      request.answer("503 Slow Down", code: "SlowDown")
      request.drain()
    case .internalError:
      request.readBody()
      request.answer("500 Internal Server Error", code: "InternalError")
    case .reset:
      request.readBody(half: true)
      request.reset()
    case .lostAnswer:
      request.pass(to: target, answers: false)
      request.reset()
    }
  }

  private func draw() -> Fault? {
    state.withLock { state in
      guard state.percent > 0 else { return nil }
      guard Int.random(in: 0..<100, using: &state.random) < state.percent,
        let fault = Fault.allCases.randomElement(using: &state.random)
      else {
        state.passed += 1
        return nil
      }
      state.faults[fault, default: 0] += 1
      return fault
    }
  }
}
