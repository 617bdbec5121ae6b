import Glibc

/// A TCP port on 127.0.0.1.
public enum LocalPort {
  /// No port was available.
  public struct Failure: Error {
    /// The system's errno.
    public let code: Int32
  }

  /// Returns a port that was free a moment ago.
  public static func free() throws(Failure) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard result else { throw Failure(code: errno) }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Waits up to 30 s until a server accepts connections on `port`; returns false if `condition` becomes false before.
  public static func wait(for port: Int, while condition: () -> Bool) -> Bool {
    for _ in 0..<3000 where condition() {
      if let descriptor = connect(to: port) {
        close(descriptor)
        return true
      }
      usleep(10_000)
    }
    return false
  }

  /// Returns a connection to `port`, which the caller closes; nil if no server listens.
  public static func connect(to port: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = loopback(port: port)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
