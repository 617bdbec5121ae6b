import CSpawn
import Glibc

/// A child process in a new session.
///
/// It continues after this program ends, unless `stop` is called.
final class DetachedProcess {
  let pid: Int32
  /// The exit status or signal, in words; nil until `outcome` sees the end.
  private var end: String?

  /// Starts `program` with its standard error appended to the file of the descriptor `errors`; nil on failure, with
  /// errno set.
  init?(_ program: String, _ arguments: [String], environment: [String: String], errors: Int32) {
    var pid = pid_t()
    let variables = environment.map { "\($0.key)=\($0.value)" }
    let code = withCStrings([program] + arguments) { argv in
      withCStrings(variables) { envp in spawn_detached(program, argv, envp, errors, &pid) }
    }
    guard code == 0 else {
      errno = code
      return nil
    }
    self.pid = pid
  }

  /// Returns the exit status or signal in words; nil while the process runs.
  func outcome() -> String? {
    if end != nil { return end }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    let signal = status & 0x7F
    end = signal == 0 ? "ended with status \(status >> 8 & 0xFF)" : "was killed by signal \(signal)"
    return end
  }

  /// Sends SIGTERM, waits up to two seconds, then kills the process and its children.
  func stop() {
    kill(-pid, SIGTERM)
    for _ in 0..<200 where outcome() == nil { usleep(10_000) }
    kill(-pid, SIGKILL)
    while outcome() == nil { usleep(10_000) }
  }
}

private func withCStrings<Result>(
  _ strings: [String],
  _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return body(&pointers)
}
