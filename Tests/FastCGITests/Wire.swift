import Foundation
import Glibc
import TestSupport

/// A connection of a test's, closed at the end.
final class Wire {
  let descriptor: Int32

  init?(port: Int) {
    guard let descriptor = LocalPort.connect(to: port) else { return nil }
    self.descriptor = descriptor
    limitReading()
  }

  init?(socket path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { return nil }
    limitReading()
  }

  deinit { close(descriptor) }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      offset += count
    }
    return true
  }

  /// Everything up to the peer's end; nil when the peer did not end within 20 s.
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

/// What an HTTP client got.
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

/// One request on a connection of its own; nil when there was no answer at all.
func ask(_ port: Int, _ target: String, method: String = "GET", headers: String = "", body: [UInt8] = []) -> Answer? {
  guard let wire = Wire(port: port) else { return nil }
  let length = body.isEmpty ? "" : "Content-Length: \(body.count)\r\n"
  wire.send(
    Array("\(method) \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\(length)\(headers)\r\n".utf8) + body
  )
  return wire.readToEnd().flatMap { Answer($0, to: method) }
}

/// FastCGI records, made by hand.
enum Records {
  static func record(_ type: UInt8, _ content: [UInt8], id: UInt8 = 1) -> [UInt8] {
    [1, type, 0, id, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
  }

  static func begin(role: UInt8 = 1, flags: UInt8 = 0) -> [UInt8] { record(1, [0, role, flags, 0, 0, 0, 0, 0]) }

  static func pair(_ name: String, _ value: String) -> [UInt8] {
    [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
  }

  static func head(_ path: String, length: String? = nil, flags: UInt8 = 0) -> [UInt8] {
    var block = pair("REQUEST_METHOD", "POST") + pair("DOCUMENT_URI", path)
    if let length { block += pair("CONTENT_LENGTH", length) }
    return begin(flags: flags) + record(4, block) + record(4, [])
  }

  static func whole(_ path: String, body: [UInt8] = [], length: String? = nil, flags: UInt8 = 0) -> [UInt8] {
    head(path, length: length ?? (body.isEmpty ? nil : String(body.count)), flags: flags)
      + (body.isEmpty ? [] : record(5, body)) + record(5, [])
  }

  /// The text of all STDOUT records, and whether an END_REQUEST came last.
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
