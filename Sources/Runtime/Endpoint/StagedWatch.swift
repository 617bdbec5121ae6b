import FastCGI
import Foundation

/// Stops a staged process whose parent ended before it renamed the staged socket into place.
enum StagedWatch {
  /// Watches on a separate thread until the socket of `server`, which already listens, is renamed into place.
  static func start(_ socket: String, _ server: Server) {
    let staged = StagedSocket.path(beside: socket, process: getpid())
    let parent = getppid()
    Thread.detachNewThread {
      while true {
        let isOrphaned = getppid() != parent
        // The order matters: the parent renames the socket before it ends.
        guard access(staged, F_OK) == 0 else { return }
        if isOrphaned { return server.stop() }
        sleep(1)
      }
    }
  }
}
