import Foundation
import Glibc
import TestSupport

/// A test's connection, closed at the end.
final class Wire {
  let descriptor: Int32

  init?(port: Int) {
    guard let descriptor = LocalPort.connect(to: port) else { return nil }
    self.descriptor = descriptor
    limitReading()
  }

  init?(socket path: String) {
    guard let descriptor = try? UnixSocket.connection(to: path) else { return nil }
    self.descriptor = descriptor
    limitReading()
  }

  deinit { close(descriptor) }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool { FastCGIRecords.write(bytes, to: descriptor) }

  /// Returns all bytes until the peer closes; nil if the peer does not close within 20 s.
  func readToEnd() -> [UInt8]? {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 || count < 0 && errno == ECONNRESET { return result }
      if count < 0 { return nil }
      result += buffer[..<count]
    }
  }

  private func limitReading() {
    var time = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }
}

/// An HTTP response as the test's client received it.
struct Answer {
  let status: Int
  let head: String
  let body: [UInt8]
  let isWhole: Bool

  var text: String { String(decoding: body, as: UTF8.self) }

  init?(_ bytes: [UInt8], to method: String) {
    let mark = Array("\r\n\r\n".utf8)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return nil }
    head = String(decoding: bytes[..<end], as: UTF8.self)
    body = Array(bytes[(end + 4)...])
    let words = head.split(separator: " ")
    guard words.count > 1, let status = Int(words[1]) else { return nil }
    self.status = status
    let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
    let expected = length.flatMap { Int($0.split(separator: " ").last ?? "") }
    isWhole = body.count == (method == "HEAD" ? 0 : expected ?? 0)
  }
}

/// Sends one request on a separate connection; nil if there was no response at all.
func ask(_ port: Int, _ target: String, method: String = "GET", headers: String = "", body: [UInt8] = []) -> Answer? {
  guard let wire = Wire(port: port) else { return nil }
  let length = body.isEmpty ? "" : "Content-Length: \(body.count)\r\n"
  wire.send(
    Array("\(method) \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\(length)\(headers)\r\n".utf8) + body
  )
  return wire.readToEnd().flatMap { Answer($0, to: method) }
}

/// FastCGI records of ordinary and hostile requests.
extension FastCGIRecords {
  static func begin(role: UInt8 = 1, flags: UInt8 = 0) -> [UInt8] {
    encode(.begin, [0, role, flags, 0, 0, 0, 0, 0])
  }

  static func pair(_ name: String, _ value: String) -> [UInt8] { encode(parameters: [(name, value)]) }

  static func head(_ path: String, length: String? = nil, flags: UInt8 = 0) -> [UInt8] {
    var block = pair("REQUEST_METHOD", "POST") + pair("DOCUMENT_URI", path)
    if let length { block += pair("CONTENT_LENGTH", length) }
    return begin(flags: flags) + encode(.parameters, block) + encode(.parameters)
  }

  static func whole(_ path: String, body: [UInt8] = [], length: String? = nil, flags: UInt8 = 0) -> [UInt8] {
    head(path, length: length ?? (body.isEmpty ? nil : String(body.count)), flags: flags)
      + (body.isEmpty ? [] : encode(.input, body)) + encode(.input)
  }

  /// Returns the text of all STDOUT records, and true if the last record is END_REQUEST.
  static func read(_ bytes: [UInt8]) -> (text: String, isEnded: Bool) {
    var text: [UInt8] = []
    var position = 0
    var last: UInt8 = 0
    while position + 8 <= bytes.count {
      let count = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
      last = bytes[position + 1]
      if last == 6 { text += bytes[min(position + 8, bytes.count)..<min(position + 8 + count, bytes.count)] }
      position += 8 + count + Int(bytes[position + 6])
    }
    return (String(decoding: text, as: UTF8.self), last == 3)
  }
}
