internal import Foundation

/// One request on its connection, after the head has been read.
struct ProxiedRequest {
  private static let headEnd = Array("\r\n\r\n".utf8)
  private let connection: Int32
  private let lines: [String]
  /// The first bytes of the body, which arrived with the head.
  private let begun: [UInt8]

  /// Reads a request's head; nil if no complete head arrives within a minute.
  init?(_ connection: Int32) {
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var bytes: [UInt8] = []
    while true {
      if let end = bytes.firstRange(of: Self.headEnd) {
        lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        begun = Array(bytes[end.upperBound...])
        break
      }
      guard let more = receive(from: connection), bytes.count < 1 << 16 else { return nil }
      bytes += more
    }
    self.connection = connection
  }

  /// The percentage of faults in a control request; nil for any other request.
  var percent: Int? {
    let words = lines[0].split(separator: " ")
    return words.count == 3 && words[1].hasPrefix("/-/faults/") ? Int(words[1].dropFirst(10)) : nil
  }

  /// The request line.
  var line: String { lines[0] }

  /// True if the request asks for a change.
  var isWrite: Bool { ["PUT ", "POST ", "DELETE "].contains(where: lines[0].hasPrefix) }

  /// Sends a response with an empty body, or with an S3 error document.
  func answer(_ status: String, code: String? = nil) {
    let body =
      code.map { "<?xml version=\"1.0\"?><Error><Code>\($0)</Code><Message>on purpose</Message></Error>" } ?? ""
    let head = "HTTP/1.1 \(status)\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
    transmit(Array((head + body).utf8), to: connection)
    shutdown(connection, Int32(SHUT_WR))
  }

  /// Reads the body, or half of it.
  func readBody(half: Bool = false) {
    if header("expect") != nil { transmit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: connection) }
    var left = (header("content-length").flatMap { Int($0) } ?? 0) / (half ? 2 : 1) - begun.count
    while left > 0, let bytes = receive(from: connection) { left -= bytes.count }
  }

  /// Reads the rest of the request, so that the response sent before is not lost.
  func drain() { while receive(from: connection) != nil {} }

  /// Resets the connection when it is closed, as if the process had died.
  func reset() { resetAtClose(connection) }

  /// Has the server at `port` carry the request out, and sends its response back unless `answers` is false.
  func pass(to port: Int, answers: Bool = true) {
    guard let server = LocalPort.connect(to: port) else { return answer("502 Bad Gateway", code: "InternalError") }
    defer { close(server) }
    let kept = lines.filter { !$0.lowercased().hasPrefix("connection:") } + ["Connection: close"]
    transmit(Array(kept.joined(separator: "\r\n").utf8) + Self.headEnd + begun, to: server)
    var ends = [connection, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&ends, 2, 60_000) > 0 {
      if ends[1].revents != 0 {
        guard let bytes = receive(from: server) else { return }
        if answers || bytes.starts(with: Array("HTTP/1.1 100".utf8)) { transmit(bytes, to: connection) }
      }
      if ends[0].revents != 0 {
        guard let bytes = receive(from: connection) else { return }
        transmit(bytes, to: server)
      }
    }
  }

  private func header(_ name: String) -> String? {
    lines.dropFirst().first { $0.lowercased().hasPrefix(name + ":") }?.dropFirst(name.count + 1)
      .trimmingCharacters(in: .whitespaces)
  }
}

/// Receives bytes; nil at the end, after a failure or a time-out.
private func receive(from connection: Int32) -> [UInt8]? {
  let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 18) {
    $1 = max(0, recv(connection, $0.baseAddress, $0.count, 0))
  }
  return bytes.isEmpty ? nil : bytes
}
