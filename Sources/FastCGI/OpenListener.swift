internal import CFastCGI
internal import Glibc

/// A listening socket, and the place in the file system that is its own.
struct OpenListener: Sendable {
  let descriptor: Descriptor
  private let place: Place?

  /// Connections the kernel keeps for the server while all its threads are busy or a successor starts.
  static let backlog: Int32 = 4096

  /// Whether the connections still in the queue are this server's to answer when it ends.
  var ownsQueue: Bool { place != nil }

  init(_ listener: Listener) throws(ListenError) {
    switch listener {
    case .inherited(let number):
      guard Listener.isListening(number) else { throw .notListening(descriptor: number) }
      guard let descriptor = Descriptor(owning: fcntl(number, F_DUPFD_CLOEXEC, 3)) else { throw .last("fcntl") }
      self.descriptor = descriptor
      place = nil
    case .path(let path, let mode):
      guard let descriptor = Descriptor(owning: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)) else {
        throw .last("socket")
      }
      guard fcntl(descriptor.number, F_SETFD, FD_CLOEXEC) == 0 else { throw .last("fcntl") }
      self.descriptor = descriptor
      place = try Place.take(path, for: descriptor, mode: mode)
    }
    let flags = fcntl(descriptor.number, F_GETFL)
    guard flags >= 0, fcntl(descriptor.number, F_SETFL, flags | O_NONBLOCK) == 0 else { throw .last("fcntl") }
  }

  /// Unlinks the socket, unless a successor's is there by now.
  func withdraw() { place?.leave() }

  /// Whether a connection waits to be accepted.
  var hasWaiting: Bool {
    var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) == 1
  }
}

/// A path and the socket that was put there.
private struct Place: Sendable {
  let path: String
  let device: dev_t
  let inode: ino_t

  /// Binds beside `path` and renames over it, so that a client finds the old socket or the new one, never none.
  static func take(_ path: String, for descriptor: Descriptor, mode: UInt32) throws(ListenError) -> Place {
    let temporary = "\(path).\(getpid()).tmp"
    unlink(temporary)
    try bind(descriptor.number, to: temporary)
    var renamed = false
    defer { if !renamed { unlink(temporary) } }
    guard chmod(temporary, mode) == 0 else { throw .last("chmod") }
    guard listen(descriptor.number, OpenListener.backlog) == 0 else { throw .last("listen") }
    var status = stat()
    guard lstat(temporary, &status) == 0 else { throw .last("lstat") }
    let lock = DirectoryLock(of: path)
    defer { withExtendedLifetime(lock) {} }
    guard rename(temporary, path) == 0 else { throw .last("rename") }
    renamed = true
    return Place(path: path, device: status.st_dev, inode: status.st_ino)
  }

  func leave() {
    let lock = DirectoryLock(of: path)
    defer { withExtendedLifetime(lock) {} }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
    unlink(path)
  }

  private static func bind(_ descriptor: Int32, to path: String) throws(ListenError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .pathTooLong(path) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw .last("bind") }
  }
}

/// Held while a socket is put in place or taken away, so that none unlinks the one just put there.
private final class DirectoryLock {
  private let descriptor: Descriptor?

  init(of path: String) {
    let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
    descriptor = Descriptor(owning: open(folder.isEmpty ? "/" : String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    if let descriptor { flock(descriptor.number, LOCK_EX) }
  }
}
