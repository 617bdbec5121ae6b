internal import CFork
internal import Core
internal import Glibc

/// The operations that a confined decoder tries in order to prove that they are denied.
public enum SelfTest {
  /// Returns one line per operation, `name: ok` or `name: denied`, then `descriptors: ` with the given numbers.
  public static func report(descriptors: [Int32]) -> [String] {
    attempts.map { "\($0.name): \($0.result())" }
      + ["descriptors: \(descriptors.map(String.init).joined(separator: " "))"]
  }

  /// Returns the open file descriptors among the first 1,024.
  public static func openDescriptors() -> [Int32] { (0..<1024).filter { fcntl($0, F_GETFD) >= 0 } }

  private struct Attempt {
    let name: String
    let run: () -> Int32

    func result() -> String {
      errno = 0
      let answer = run()
      return answer >= 0 ? "ok" : errno == EPERM ? "denied" : "error \(errno)"
    }
  }

  private static var attempts: [Attempt] {
    [
      Attempt(name: "open") { open("/etc/hostname", O_RDONLY) },
      Attempt(name: "create") { open("/tmp/decoder-self-test", O_WRONLY | O_CREAT, 0o600) },
      Attempt(name: "socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) },
      Attempt(name: "unix-socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) },
      Attempt(name: "connect") {
        var address = sockaddr(sa_family: sa_family_t(AF_INET), sa_data: (0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0))
        return connect(DecoderProtocol.descriptor, &address, socklen_t(MemoryLayout<sockaddr>.size))
      },
      Attempt(name: "execve") {
        var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
        return execve("/bin/true", &arguments, &arguments)
      },
      Attempt(name: "spawn") {
        var pid = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
        errno = posix_spawn(&pid, "/bin/true", nil, nil, &arguments, &arguments)
        return errno == 0 ? 0 : -1
      },
      Attempt(name: "fork") {
        let child = fork_sibling()
        if child == 0 { _exit(0) }
        return child
      },
      Attempt(name: "kill") { kill(getppid(), 0) },
      Attempt(name: "kill-group") { kill(0, 0) },
      Attempt(name: "receive-descriptor") {
        var message = msghdr()
        return Int32(truncatingIfNeeded: recvmsg(DecoderProtocol.descriptor, &message, Int32(MSG_DONTWAIT)))
      },
      Attempt(name: "limit") {
        var limit = rlimit()
        return setrlimit(Int32(bitPattern: RLIMIT_CPU.rawValue), &limit)
      },
      Attempt(name: "unlink") { unlink("/tmp/decoder-self-test") },
      Attempt(name: "executable-memory") {
        let memory = mmap(nil, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return memory == MAP_FAILED ? -1 : 0
      },
      Attempt(name: "memory") {
        let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return memory == MAP_FAILED ? -1 : 0
      },
    ]
  }
}
