internal import Foundation
internal import Synchronization

/// A TCP server on 127.0.0.1 with scripted responses, faults included.
public final class ScriptedServer: Sendable {
  /// The response to one request.
  public enum Answer: Sendable {
    /// These bytes; the connection stays open.
    case bytes(String)
    /// These bytes, then the connection is closed in order.
    case cut(after: String)
    /// These bytes, then the connection is reset.
    case reset(after: String)
    /// The first bytes, after some seconds the others; the connection stays open.
    case slow(String, seconds: Double, String)
    /// These bytes, then nothing until the server stops.
    case stall(after: String)
  }

  /// A request as it arrived.
  public struct Request: Sendable {
    /// Request line and header section, without the empty line; empty for a TLS handshake.
    public let head: String
    /// The body, as many bytes as `Content-Length` announced.
    public let body: [UInt8]
  }

  private struct State {
    var answers: [Answer]
    var requests: [Request] = []
    var connections: [Int32] = []
    var accepted = 0
    var isStopped = false
  }

  /// The port that the system chose.
  public let port: Int
  private let listener: Int32
  private let state: Mutex<State>

  /// A server that gives the answers in turn, and then repeats the last one.
  public convenience init(_ answers: Answer...) throws { try self.init(answers) }

  /// A server that gives the answers in turn, and then repeats the last one.
  public init(_ answers: [Answer]) throws {
    (listener, port) = try listenOnLoopback()
    state = Mutex(State(answers: answers))
    Thread.detachNewThread { [self] in acceptAll() }
  }

  deinit { close(listener) }

  /// `http://127.0.0.1:port`.
  public var url: String { "http://127.0.0.1:\(port)" }

  /// The requests that have arrived so far.
  public var requests: [Request] { state.withLock { $0.requests } }

  /// The number of connections so far.
  public var connections: Int { state.withLock { $0.accepted } }

  /// Closes the listener and every connection.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    state.withLock {
      $0.isStopped = true
      for connection in $0.connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }
  }

  private func acceptAll() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      let isWanted = state.withLock {
        $0.accepted += 1
        $0.connections.append(connection)
        return !$0.isStopped
      }
      guard isWanted else { return finish(connection) }
      Thread.detachNewThread { [self] in
        serve(connection)
        finish(connection)
      }
    }
  }

  private func finish(_ connection: Int32) {
    state.withLock { $0.connections.removeAll { $0 == connection } }
    close(connection)
  }

  private func serve(_ connection: Int32) {
    while let request = receive(connection) {
      let answer = state.withLock { state -> Answer? in
        state.requests.append(request)
        return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first
      }
      switch answer {
      case .bytes(let text): transmit(Array(text.utf8), to: connection)
      case .slow(let start, let seconds, let end):
        transmit(Array(start.utf8), to: connection)
        usleep(UInt32(seconds * 1_000_000))
        transmit(Array(end.utf8), to: connection)
      case .cut(let text):
        transmit(Array(text.utf8), to: connection)
        return
      case .reset(let text):
        transmit(Array(text.utf8), to: connection)
        usleep(50_000)
        return resetAtClose(connection)
      case .stall(let text):
        transmit(Array(text.utf8), to: connection)
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
        return
      case nil: return
      }
    }
  }

  private func receive(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var headEnd: Int?
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if headEnd == nil, let range = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
        headEnd = range.upperBound
        let head = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
        if head.lowercased().contains("expect: 100-continue") {
          transmit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: connection)
        }
      }
      if let headEnd {
        let head = String(decoding: bytes[..<(headEnd - 4)], as: UTF8.self)
        let length = contentLength(head)
        if bytes.count >= headEnd + length {
          return Request(head: head, body: Array(bytes[headEnd..<(headEnd + length)]))
        }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes.append(contentsOf: buffer[..<count])
      if bytes[0] == tlsHandshake { return Request(head: "", body: bytes) }
    }
  }
}

/// The content type of a TLS handshake.
///
/// Source: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
private let tlsHandshake: UInt8 = 22

private func contentLength(_ head: String) -> Int {
  for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
    return Int(line.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) ?? 0
  }
  return 0
}
