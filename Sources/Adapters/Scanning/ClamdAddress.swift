/// The address of a ClamAV daemon.
public enum ClamdAddress: Hashable, Sendable, CustomStringConvertible {
  /// The path of a Unix socket: clamd's `LocalSocket`.
  case unix(path: String)
  /// A host and port: clamd's `TCPSocket`; the connection is not encrypted, so the network must be trusted.
  case tcp(host: String, port: UInt16)

  /// Parses an absolute path, `host:port` or `[address]:port`; nil for any other text.
  public init?(_ text: String) {
    if text.hasPrefix("/") {
      guard text.utf8.count <= Self.maximumPathBytes, !text.utf8.contains(0) else { return nil }
      self = .unix(path: text)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self = .tcp(host: String(host), port: port)
  }

  /// The maximum length of a socket path, in bytes.
  ///
  /// Source: https://man7.org/linux/man-pages/man7/unix.7.html (sun_path has 108 with the final NUL)
  public static let maximumPathBytes = 107

  /// The address in the form that `init` parses.
  public var description: String {
    switch self {
    case .unix(let path): path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
