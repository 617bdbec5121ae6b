internal import Glibc

/// Where a server takes its connections from.
public enum Listener: Sendable, Equatable {
  /// A Unix socket of the server's own, put over whatever is at `path`; nginx's workers need `mode` to let them write.
  ///
  /// A server that was there before keeps the connections it has and can end in its own time.
  case path(String, mode: UInt32 = 0o660)
  /// The same, but the socket waits beside `path`, at `StagedSocket.path`, until somebody renames it over `path`.
  ///
  /// From then on `path` is this server's own, as if it had put the socket there itself.
  case staged(String, mode: UInt32 = 0o660)
  /// A socket that already listens, passed by a supervisor, who keeps it for the next server.
  case inherited(descriptor: Int32)

  /// The socket a supervisor passed, if any: descriptor 3 by LISTEN_FDS, else descriptor 0 when it listens.
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
