import CSpawn
import Glibc

/// A child in a session of its own, which outlives this program unless it is ended.
final class DetachedProcess {
  let pid: Int32
  /// How it ended, in words, once it did.
  private var end: String?

  /// Starts `program` with its standard error appended to the file behind `errors`; nil leaves the reason in errno.
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

  /// How it ended, in words; nil while it runs.
  func outcome() -> String? {
    if end != nil { return end }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    let signal = status & 0x7F
    end = signal == 0 ? "ended with status \(status >> 8 & 0xFF)" : "was killed by signal \(signal)"
    return end
  }

  /// Asks it to end, and kills it and what it started where it does not within two seconds.
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
