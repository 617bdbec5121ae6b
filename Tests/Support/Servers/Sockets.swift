internal import Foundation

/// A failure to set up a test's own server.
public struct SetUpFailure: Error, CustomStringConvertible {
  /// The system call and the reason.
  public let description: String

  /// A failure with its reason.
  public init(_ description: String) { self.description = description }
}

/// Returns a listening socket on 127.0.0.1 at a port that the system chooses.
func listenOnLoopback() throws -> (descriptor: Int32, port: Int) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { throw SetUpFailure("socket: \(errno)") }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && listen(descriptor, 128) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  guard status else {
    let reason = errno
    close(descriptor)
    throw SetUpFailure("bind and listen: \(reason)")
  }
  return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// Returns different ports on 127.0.0.1 that were free a moment ago.
///
/// For each of them, the port `offset` above was free too.
public func freePorts(_ count: Int, offset: Int = 0) throws -> [Int] {
  var listeners: [(descriptor: Int32, port: Int)] = []
  var ports: [Int] = []
  defer { for listener in listeners { close(listener.descriptor) } }
  while ports.count < count {
    let listener = try listenOnLoopback()
    listeners.append(listener)
    let sibling = listener.port + offset
    if offset == 0 || (sibling <= 65_535 && !isListening(sibling)) { ports.append(listener.port) }
    guard listeners.count < 100 + count else { throw SetUpFailure("no free ports") }
  }
  return ports
}

/// Returns true if a server on 127.0.0.1 accepts connections at `port`.
func isListening(_ port: Int) -> Bool {
  guard let connection = LocalPort.connect(to: port) else { return false }
  close(connection)
  return true
}

/// Sends `bytes`, as far as the peer accepts them.
func transmit(_ bytes: [UInt8], to connection: Int32) {
  var left = bytes[...]
  while !left.isEmpty {
    let count = left.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    guard count > 0 else { return }
    left = left.dropFirst(count)
  }
}

/// Makes `connection` reset when it is closed, as if the process had died.
func resetAtClose(_ connection: Int32) {
  var linger = linger(l_onoff: 1, l_linger: 0)
  setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
}
