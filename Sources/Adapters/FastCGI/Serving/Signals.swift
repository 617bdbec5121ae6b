internal import CFastCGI
internal import Glibc

/// The signals that end a server.
public enum Signals {
  /// Blocks SIGTERM and SIGINT in the calling thread and in every thread it starts from now on.
  ///
  /// Call it first in `main`, before anything starts a thread: a thread that does not block them would die of them.
  public static func blockTermination() {
    var set = termination
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Whether a blocked SIGTERM or SIGINT has come.
  public static var isTerminationPending: Bool {
    var pending = sigset_t()
    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1)
  }

  static var termination: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    return set
  }

  /// Runs `body` with every signal blocked that is not a fault of the thread itself.
  ///
  /// Threads started inside inherit that: libfcgi takes an interrupted write for a broken connection.
  static func withAllBlocked<Result>(_ body: () -> Result) -> Result {
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&all, fault) }
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    return body()
  }
}
