@preconcurrency import Glibc

/// The standard output of the program: a command that cannot print its result fails.
///
/// A closed pipe, as in `stowage migrate map … | head`, ends the program without a word, as usual on Unix.
enum StandardOutput {
  /// The exit status of a program whose output cannot be written. Source: sysexits.h
  static let status = EX_IOERR

  /// Writes what the program has printed so far; `watch` notices a failure.
  static func flush() { _ = fflush(stdout) }

  /// True after a failed write.
  static var hasFailed: Bool { ferror(stdout) != 0 }

  /// Checks the output when the program exits, in whatever way it exits.
  ///
  /// A closed stream becomes /dev/null, opened for the other direction so that its use fails. Otherwise the first file
  /// that a command opens, such as a ledger, would get the number of the stream and all that is printed.
  static func watch() {
    for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    atexit {
      errno = 0
      guard fflush(stdout) != 0 || ferror(stdout) != 0 else { return }
      let code = errno
      StandardOutput.endIfPipeIsClosed()
      let reason = code == 0 ? "a write failed" : String(cString: strerror(code))
      Terminal.complain("the output cannot be written: \(reason)")
      _exit(StandardOutput.status)
    }
  }

  private static func endIfPipeIsClosed() {
    var pipe = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&pipe, 1, 0) > 0, Int32(pipe.revents) & POLLERR != 0 else { return }
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  }
}
