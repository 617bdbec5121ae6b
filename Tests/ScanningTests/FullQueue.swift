import Foundation

/// A socket with a full queue of connections that nobody accepts.
final class FullQueue {
  let path = "/tmp/stowage-fake-\(UUID().uuidString)"
  private var descriptors: [Int32] = []

  init() throws {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    try withUnsafePointer(to: &name) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let listener = open()
        guard bind(listener, name, length) == 0, listen(listener, 0) == 0 else { throw POSIXError(.EADDRINUSE) }
        while connect(open(), name, length) == 0 {
          guard descriptors.count < 100 else { throw POSIXError(.EISCONN) }
        }
      }
    }
  }

  deinit {
    descriptors.forEach { close($0) }
    unlink(path)
  }

  private func open() -> Int32 {
    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let descriptor = socket(AF_UNIX, Int32(kind), 0)
    descriptors.append(descriptor)
    return descriptor
  }
}
