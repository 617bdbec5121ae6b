import Foundation

/// Records of the FastCGI protocol, as a web server and a process exchange them over one blocking socket.
///
/// Source: https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3
public enum FastCGIRecords {
  /// The record types of a request and its response.
  public enum Kind: UInt8, Sendable {
    case begin = 1
    case end = 3
    case parameters = 4
    case input = 5
    case output = 6
    case errors = 7
  }

  private static let longestContent = 32_768

  /// Returns `content` in as many records as it needs; for empty content one empty record.
  public static func encode(_ kind: Kind, _ content: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = content[...]
    repeat {
      bytes += record(kind.rawValue, Array(rest.prefix(longestContent)))
      rest = rest.dropFirst(longestContent)
    } while !rest.isEmpty
    return bytes
  }

  /// Returns a record of any `type`, including unknown types; `content` has at most 65,535 bytes.
  public static func record(_ type: UInt8, _ content: [UInt8], id: UInt8 = 1) -> [UInt8] {
    [1, type, 0, id, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
  }

  /// Returns the next record without its padding; nil at the end, and for a kind that the tests do not use.
  static func read(from descriptor: Int32) -> (kind: Kind, content: [UInt8])? {
    guard let head = readExactly(8, from: descriptor), let kind = Kind(rawValue: head[1]) else { return nil }
    let count = Int(head[4]) << 8 | Int(head[5])
    guard let content = readExactly(count + Int(head[6]), from: descriptor) else { return nil }
    return (kind, Array(content[..<count]))
  }

  /// Encodes name-value pairs: a length below 128 is one byte, as in nginx, and a longer one four bytes.
  public static func encode(parameters: [(name: String, value: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for pair in parameters {
      for text in [pair.name, pair.value] {
        let length = UInt32(text.utf8.count)
        if length < 128 {
          bytes.append(UInt8(length))
        } else {
          withUnsafeBytes(of: (length | 1 << 31).bigEndian) { bytes += $0 }
        }
      }
      bytes += Array(pair.name.utf8) + Array(pair.value.utf8)
    }
    return bytes
  }

  /// Decodes name-value pairs: a length is one byte, or four with the first bit set.
  static func decode(parameters bytes: [UInt8]) -> [String: String] {
    var rest = bytes[...]
    func length() -> Int? {
      guard let first = rest.popFirst() else { return nil }
      guard first & 128 != 0 else { return Int(first) }
      guard rest.count >= 3 else { return nil }
      defer { rest = rest.dropFirst(3) }
      return rest.prefix(3).reduce(Int(first & 127)) { $0 << 8 | Int($1) }
    }
    var found: [String: String] = [:]
    while let name = length(), let value = length(), rest.count >= name + value {
      found[String(decoding: rest.prefix(name), as: UTF8.self)] = String(
        decoding: rest.dropFirst(name).prefix(value),
        as: UTF8.self
      )
      rest = rest.dropFirst(name + value)
    }
    return found
  }

  static func readExactly(_ count: Int, from descriptor: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let received = bytes[filled...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      guard received > 0 else { return nil }
      filled += received
    }
    return bytes
  }

  /// Writes all `bytes`, or returns false if the peer closed the socket.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }
}

/// Unix sockets at paths.
public enum UnixSocket {
  /// Returns a socket that listens at `path`.
  public static func listener(at path: String) throws -> Int32 {
    try make(path) { bind($0, $1, $2) == 0 && chmod(path, 0o666) == 0 && listen($0, 1024) == 0 }
  }

  /// Returns a connection to the socket at `path`.
  public static func connection(to path: String) throws -> Int32 { try make(path) { connect($0, $1, $2) == 0 } }

  private static func make(
    _ path: String,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws -> Int32 {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: name.sun_path) else {
      throw SetUpFailure("\(path): too long for a socket")
    }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SetUpFailure("socket: \(errno)") }
    let isMade = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard isMade else {
      let reason = errno
      close(descriptor)
      throw SetUpFailure("\(path): \(String(cString: strerror(reason)))")
    }
    return descriptor
  }
}
