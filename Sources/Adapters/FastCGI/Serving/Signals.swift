internal import CFastCGI
internal import Glibc

/// The signals that stop a server.
public enum Signals {
  /// Blocks SIGTERM and SIGINT in the calling thread and in every thread that it starts later.
  ///
  /// Call this function first in `main`, before any thread starts: a thread that does not block these signals would
  /// terminate the process.
  public static func blockTermination() {
    var set = termination
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// True if a blocked SIGTERM or SIGINT is pending.
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

  /// Runs `body` with all signals blocked except those that report a fault of the thread itself.
  ///
  /// Threads started by `body` inherit the mask. libfcgi treats a write that a signal interrupts as a broken
  /// connection.
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
