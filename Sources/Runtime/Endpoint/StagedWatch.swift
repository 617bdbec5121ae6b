import FastCGI
import Foundation

/// Ends a staged process that nobody will put in place any more, because whoever started it was killed.
enum StagedWatch {
  /// Watches until `server`, which listens by now, is in place.
  static func start(_ socket: String, _ server: Server) {
    let staged = StagedSocket.path(beside: socket, process: getpid())
    let parent = getppid()
    Thread.detachNewThread {
      while true {
        let isOrphaned = getppid() != parent
        // In this order: whoever starts it puts it in place before ending.
        guard access(staged, F_OK) == 0 else { return }
        if isOrphaned { return server.stop() }
        sleep(1)
      }
    }
  }
}
