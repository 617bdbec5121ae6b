internal import CFastCGI
internal import Glibc

/// A listening socket, and the path that it was bound to; an inherited socket has no path.
struct OpenListener: Sendable {
  let descriptor: Descriptor
  private let place: SocketPlace?

  /// The number of connections that the kernel queues while all threads are busy or a successor starts.
  static let backlog: Int32 = 4096

  /// True if this server must answer the queued connections before it stops; an inherited socket leaves them to the
  /// successor.
  var ownsQueue: Bool { place != nil }

  init(_ listener: Listener) throws(ListenError) {
    switch listener {
    case .inherited(let number):
      guard Listener.isListening(number) else { throw .notListening(descriptor: number) }
      guard let descriptor = Descriptor(owning: fcntl(number, F_DUPFD_CLOEXEC, 3)) else { throw .last("fcntl") }
      self.descriptor = descriptor
      place = nil
    case .path(let path, let mode):
      descriptor = try Self.unixSocket()
      place = try SocketPlace.take(path, for: descriptor, mode: mode)
    case .staged(let path, let mode):
      descriptor = try Self.unixSocket()
      place = try SocketPlace.stage(path, for: descriptor, mode: mode)
    }
    let flags = fcntl(descriptor.number, F_GETFL)
    guard flags >= 0, fcntl(descriptor.number, F_SETFL, flags | O_NONBLOCK) == 0 else { throw .last("fcntl") }
  }

  /// Unlinks the socket's path unless it already names the socket of a successor.
  func withdraw() { place?.leave() }

  /// True if a connection waits to be accepted.
  var hasWaiting: Bool {
    var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) == 1
  }

  private static func unixSocket() throws(ListenError) -> Descriptor {
    guard let descriptor = Descriptor(owning: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)) else {
      throw .last("socket")
    }
    guard fcntl(descriptor.number, F_SETFD, FD_CLOEXEC) == 0 else { throw .last("fcntl") }
    return descriptor
  }
}
