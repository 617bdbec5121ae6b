internal import Glibc

/// Sockets that wait beside the one they shall replace, and how one takes the other's place.
public enum StagedSocket {
  /// Where a server of `Listener.staged` that runs as `process` waits.
  public static func path(beside path: String, process: Int32) -> String { "\(path).\(process).staged" }

  /// Puts `staged` at `path` in one step: a client finds the old socket or the new one, never none.
  ///
  /// With `keepingOld` the old socket, if there is one, gets that path too, from which it can be put back.
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

/// A second name of a server's socket, which the last server to claim it has.
///
/// Several servers of one kind can so have a socket each, and one name at which some of them is always found.
public final class SharedName: Sendable {
  private let name: String
  private let socket: String
  private let place: SocketPlace

  /// Gives the socket at `socket` the further path `name`, over whatever is there.
  public init(_ name: String, for socket: String) throws(ListenError) {
    var status = stat()
    guard lstat(socket, &status) == 0 else { throw .last("lstat") }
    self.name = name
    self.socket = socket
    place = SocketPlace(path: name, staged: nil, device: status.st_dev, inode: status.st_ino)
    try claim()
  }

  /// Takes the name again where nobody answers to it: whoever had it ended, or was killed.
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

  /// Gives the name up, unless another has it by now.
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
