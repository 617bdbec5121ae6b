internal import Glibc

/// Sends requests to a FastCGI server on this machine without nginx, each on a new connection.
///
/// ```swift
/// let client = Client(socket: "/run/stowage/files.sock")
/// let answer = try client.get("/health/ready", within: .seconds(2))
/// print(answer.status, String(decoding: answer.body, as: UTF8.self))
/// ```
public struct Client: Sendable {
  /// The response of a server.
  public struct Answer: Sendable {
    /// The status; 200 if the response has no `Status` field.
    public let status: Int
    /// The body.
    public let body: [UInt8]
    /// The identifier of the process that created the listening socket: the server, or the supervisor that passed the
    /// socket to the server.
    public let listener: Int32
  }

  /// The reason why a request failed.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// The path does not fit into a socket address.
    case pathTooLong
    /// No process accepts connections at the path; `code` is the errno.
    case unreachable(code: Int32)
    /// The deadline passed.
    case timedOut
    /// The response is longer than the limit of the call.
    case tooLong
    /// The connection ended before the end of the response, or the bytes are not valid FastCGI.
    case broken

    /// The failure as text.
    public var description: String {
      switch self {
      case .pathTooLong: "the path is too long for a socket"
      case .unreachable(let code): String(cString: strerror(code))
      case .timedOut: "no answer in time"
      case .tooLong: "the answer is too long"
      case .broken: "the connection ended without an answer"
      }
    }
  }

  private let socket: String

  /// Creates a client of the server that listens at the path `socket`.
  public init(socket: String) { self.socket = socket }

  /// Returns the identifier of the process that created the listening socket.
  ///
  /// Source: <https://man7.org/linux/man-pages/man7/unix.7.html> (SO_PEERCRED)
  public func listener(within duration: Duration = .seconds(2)) throws(Failure) -> Int32 {
    try Self.peer(of: try connect(until: ContinuousClock.now + duration))
  }

  /// Sends a GET of `path` and returns the whole response.
  ///
  /// Throws `tooLong` if the body is longer than `maximumBytes`, and `timedOut` after `duration`.
  public func get(
    _ path: String,
    within duration: Duration = .seconds(5),
    maximumBytes: Int = 1 << 20
  ) throws(Failure) -> Answer {
    let deadline = ContinuousClock.now + duration
    let connection = try connect(until: deadline)
    let listener = try Self.peer(of: connection)
    try Self.send(Self.request(path), on: connection, until: deadline)
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(connection.number, &buffer, buffer.count, 0)
      if count == 0 { break }
      if count > 0 {
        received += buffer[..<count]
        // Each FastCGI record of at most 64 kB adds a header of 8 bytes and some padding.
        guard received.count <= maximumBytes + maximumBytes / 64 + 16_384 else { throw .tooLong }
      } else if errno == EAGAIN {
        try Self.wait(for: POLLIN, on: connection, until: deadline)
      } else if errno != EINTR {
        throw .broken
      }
    }
    let answer = try ClientAnswer(records: received)
    guard answer.body.count <= maximumBytes else { throw .tooLong }
    return Answer(status: answer.status, body: answer.body, listener: listener)
  }

  private func connect(until deadline: ContinuousClock.Instant) throws(Failure) -> Descriptor {
    guard var address = sockaddr_un(socket) else { throw .pathTooLong }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    guard let connection = Descriptor(owning: Glibc.socket(AF_UNIX, kind, 0)) else { throw .unreachable(code: errno) }
    while true {
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(connection.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return connection }
      // EAGAIN: the server's accept queue is full.
      guard errno == EAGAIN || errno == EINTR else { throw .unreachable(code: errno) }
      guard ContinuousClock.now < deadline else { throw .timedOut }
      usleep(5_000)
    }
  }

  private static func peer(of connection: Descriptor) throws(Failure) -> Int32 {
    // pid, uid and gid. The structure `ucred` itself is a GNU extension that Swift does not import.
    var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
    var size = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(connection.number, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
      throw .unreachable(code: errno)
    }
    return credentials.0
  }

  private static func send(
    _ bytes: [UInt8],
    on connection: Descriptor,
    until deadline: ContinuousClock.Instant
  ) throws(Failure) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes {
        Glibc.send(connection.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        offset += count
      } else if errno == EAGAIN {
        try wait(for: POLLOUT, on: connection, until: deadline)
      } else if errno != EINTR {
        throw .broken
      }
    }
  }

  private static func wait(
    for event: Int32,
    on connection: Descriptor,
    until deadline: ContinuousClock.Instant
  ) throws(Failure) {
    let left = deadline - ContinuousClock.now
    guard left > .zero else { throw .timedOut }
    var entry = pollfd(fd: connection.number, events: Int16(event), revents: 0)
    poll(&entry, 1, Int32(clamping: Int64(left / .milliseconds(1)) + 1))
  }

  /// Returns the FastCGI records of a GET.
  ///
  /// Source: <https://fastcgi-archives.github.io/FastCGI_Specification.html>
  private static func request(_ path: String) -> [UInt8] {
    var parameters: [UInt8] = []
    for (name, value) in [("REQUEST_METHOD", "GET"), ("DOCUMENT_URI", path), ("QUERY_STRING", "")] {
      parameters += [UInt8(name.utf8.count), UInt8(clamping: value.utf8.count)]
      parameters += Array(name.utf8) + Array(value.utf8.prefix(127))
    }
    return record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(4, parameters) + record(4, []) + record(5, [])
  }

  private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
  }
}
