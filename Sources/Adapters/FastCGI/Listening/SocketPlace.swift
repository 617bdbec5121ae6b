internal import Glibc

/// A Unix socket bound at `path`, or at `staged` until another process renames that socket over `path`.
///
/// `device` and `inode` identify the socket, so that `leave` never unlinks the socket of another server.
struct SocketPlace: Sendable {
  let path: String
  let staged: String?
  let device: dev_t
  let inode: ino_t

  /// Binds a temporary path, then renames the socket over `path`.
  ///
  /// The rename is atomic: a connecting client always finds either the old or the new socket.
  static func take(_ path: String, for descriptor: Descriptor, mode: UInt32) throws(ListenError) -> SocketPlace {
    let temporary = "\(path).\(getpid()).tmp"
    let status = try listen(descriptor, at: temporary, mode: mode)
    do throws(ListenError) {
      try StagedSocket.put(temporary, over: path)
    } catch {
      unlink(temporary)
      throw error
    }
    return SocketPlace(path: path, staged: nil, device: status.st_dev, inode: status.st_ino)
  }

  /// Listens at `StagedSocket.path(beside:process:)`; another process renames that socket over `path`.
  static func stage(_ path: String, for descriptor: Descriptor, mode: UInt32) throws(ListenError) -> SocketPlace {
    let staged = StagedSocket.path(beside: path, process: getpid())
    let status = try listen(descriptor, at: staged, mode: mode)
    return SocketPlace(path: path, staged: staged, device: status.st_dev, inode: status.st_ino)
  }

  /// Unlinks `path` and `staged` if they still name this socket.
  func leave() {
    let lock = DirectoryLock(of: path)
    defer { withExtendedLifetime(lock) {} }
    for place in [path, staged].compactMap(\.self) where isTaken(at: place) { unlink(place) }
  }

  /// True if `path` names this socket.
  func isTaken(at path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
  }

  private static func listen(_ descriptor: Descriptor, at path: String, mode: UInt32) throws(ListenError) -> stat {
    unlink(path)
    try bind(descriptor.number, to: path)
    var isListening = false
    defer { if !isListening { unlink(path) } }
    guard chmod(path, mode) == 0 else { throw .last("chmod") }
    guard Glibc.listen(descriptor.number, OpenListener.backlog) == 0 else { throw .last("listen") }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .last("lstat") }
    isListening = true
    return status
  }

  private static func bind(_ descriptor: Int32, to path: String) throws(ListenError) {
    guard var address = sockaddr_un(path) else { throw .pathTooLong(path) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw .last("bind") }
  }
}

extension sockaddr_un {
  /// The address of the socket at `path`; nil if the path is longer than 107 bytes.
  init?(_ path: String) {
    self.init()
    sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: sun_path) else { return nil }
    withUnsafeMutableBytes(of: &sun_path) { $0.copyBytes(from: bytes) }
  }
}

/// A lock (`flock`) on the folder of a socket, held while a server renames or unlinks the socket.
///
/// Without the lock, a server that stops could unlink the socket that its successor has just renamed into place.
final class DirectoryLock {
  private let descriptor: Descriptor?

  init(of path: String) {
    let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
    descriptor = Descriptor(owning: open(folder.isEmpty ? "/" : String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    if let descriptor { flock(descriptor.number, LOCK_EX) }
  }
}
