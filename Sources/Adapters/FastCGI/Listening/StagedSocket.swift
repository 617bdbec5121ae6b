internal import Glibc

/// Sockets that listen beside the socket that they will replace.
public enum StagedSocket {
  /// The path of the socket that a server of `Listener.staged` with the process identifier `process` binds.
  public static func path(beside path: String, process: Int32) -> String { "\(path).\(process).staged" }

  /// Renames `staged` to `path`, atomically: a connecting client always finds either the old or the new socket.
  ///
  /// `keepingOld` names a second path for the old socket, so that it can be restored. An old socket need not exist.
  public static func put(_ staged: String, over path: String, keepingOld kept: String? = nil) throws(ListenError) {
    let lock = DirectoryLock(of: path)
    defer { withExtendedLifetime(lock) {} }
    if let kept {
      unlink(kept)
      guard link(path, kept) == 0 || errno == ENOENT else { throw .last("link") }
    }
    guard rename(staged, path) == 0 else {
      let error = ListenError.last("rename")
      if let kept { unlink(kept) }
      throw error
    }
  }
}

/// A shared path for the sockets of several servers of the same kind; it names the server that claimed it last.
///
/// Each server listens at a path that no other server has. The shared path leads to one of the running servers.
public final class SharedName: Sendable {
  private let name: String
  private let socket: String
  private let place: SocketPlace

  /// Links the socket at `socket` to `name`, and replaces any socket that `name` had.
  public init(_ name: String, for socket: String) throws(ListenError) {
    var status = stat()
    guard lstat(socket, &status) == 0 else { throw .last("lstat") }
    self.name = name
    self.socket = socket
    place = SocketPlace(path: name, staged: nil, device: status.st_dev, inode: status.st_ino)
    try claim()
  }

  /// Claims the name if no server accepts connections at it, because the last owner stopped or was killed.
  public func claimIfVacant() throws(ListenError) {
    guard !place.isTaken(at: name) else { return }
    do throws(Client.Failure) {
      _ = try Client(socket: name).listener()
    } catch {
      switch error {
      case .unreachable(ENOENT), .unreachable(ECONNREFUSED): try claim()
      default: break
      }
    }
  }

  /// Unlinks the name if it still names this server's socket.
  public func withdraw() { place.leave() }

  private func claim() throws(ListenError) {
    let temporary = "\(name).\(getpid()).tmp"
    unlink(temporary)
    guard link(socket, temporary) == 0 else { throw .last("link") }
    do throws(ListenError) {
      try StagedSocket.put(temporary, over: name)
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
