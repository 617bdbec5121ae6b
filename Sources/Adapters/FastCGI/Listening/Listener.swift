internal import Glibc

/// The socket on which a server accepts connections.
public enum Listener: Sendable, Equatable {
  /// A Unix socket that the server creates and renames over any socket at `path`; `mode` must let nginx's workers
  /// write.
  ///
  /// A server that already listened at `path` keeps its open connections and can finish them.
  case path(String, mode: UInt32 = 0o660)
  /// A Unix socket that the server creates at `StagedSocket.path`; another process renames it over `path`.
  ///
  /// After that rename the server treats `path` as if it had created the socket there.
  case staged(String, mode: UInt32 = 0o660)
  /// A listening socket that a supervisor passed and keeps open for the next server.
  case inherited(descriptor: Int32)

  /// The listening socket that a supervisor passed: descriptor 3 according to LISTEN_FDS, else descriptor 0 if it
  /// listens.
  ///
  /// Source: <https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html>
  public static func inherited(environment: [String: String]) -> Listener? {
    let isForThisProcess = environment["LISTEN_PID"] == String(getpid())
    if isForThisProcess, environment["LISTEN_FDS"] == "1", isListening(3) { return .inherited(descriptor: 3) }
    return isListening(0) ? .inherited(descriptor: 0) : nil
  }

  static func isListening(_ descriptor: Int32) -> Bool {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1
  }
}
