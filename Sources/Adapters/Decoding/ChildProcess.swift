internal import CSpawn
internal import Core
internal import Glibc

/// A process of the decoder and the parent's end of its socket pair; the last reference kills and reaps the process.
final class ChildProcess: Sendable {
  let pid: pid_t
  let descriptor: Int32

  /// Starts a process by `start`, which gets the end of a socket pair that is for the process.
  init(start: (_ socket: Int32) throws(DecodeError) -> pid_t) throws(DecodeError) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .unavailable(detail: "socketpair: \(systemError())") }
    defer { close(ends[1]) }
    do throws(DecodeError) {
      pid = try start(ends[1])
    } catch {
      close(ends[0])
      throw error
    }
    descriptor = ends[0]
  }

  /// Starts `executable`; one end of a socket pair is all that the process inherits.
  convenience init(executable: String, arguments: [String]) throws(DecodeError) {
    try self.init { (socket) throws(DecodeError) in try spawn(executable, arguments, socket: socket) }
  }

  deinit {
    // A fork server that sees the end of its socket would end the children that are still at work. It does not see the end,
    // because the signal comes first.
    kill(pid, SIGKILL)
    close(descriptor)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  /// The CPU time that the process has used, in seconds; infinite if the time is unknown.
  var cpuSeconds: Double {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return .infinity }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Returns how the process ended, for the log; waits up to 0.2 s for its end and does not reap it.
  func lastWords() -> String {
    for _ in 0..<100 {
      var info = siginfo_t()
      guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return "status unknown" }
      // While the process runs, waitid leaves these fields zero.
      if info.si_signo == SIGCHLD {
        let status = info._sifields._sigchld.si_status
        return info.si_code == CLD_EXITED ? "exited with status \(status)" : "killed by signal \(status)"
      }
      usleep(2_000)
    }
    return "still running"
  }
}

func systemError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// The complete environment of a child: no secrets, and no variable of this process.
///
/// The thresholds keep up to 32 MB of free memory for the next picture. With the default, a child can return 11 MB after
/// each picture and fault them in again, which takes 4% of the CPU time of a photo.
/// Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
private let environment = [
  "VIPS_CONCURRENCY=1", "MALLOC_ARENA_MAX=1", "MALLOC_TRIM_THRESHOLD_=33554432", "MALLOC_MMAP_THRESHOLD_=33554432",
  "LC_ALL=C", "VIPSHOME=/nonexistent", "SWIFT_BACKTRACE=enable=no",
]

private func spawn(_ executable: String, _ arguments: [String], socket: Int32) throws(DecodeError) -> pid_t {
  var pid = pid_t()
  let code = withCStrings([executable] + arguments) { argv in
    withCStrings(environment) { envp in
      spawn_with_socket(executable, argv, envp, socket, DecoderProtocol.descriptor, &pid)
    }
  }
  guard code == 0 else { throw .unavailable(detail: "\(executable): \(systemError(code))") }
  return pid
}

private func withCStrings<Result>(
  _ strings: [String],
  _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return body(&pointers)
}
