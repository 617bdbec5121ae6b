internal import CSeccomp
public import Core
internal import Glibc

/// The limits and the system call filters of the decoder, set before it reads untrusted bytes.
///
/// If a step fails, the process must end.
public enum Confinement {
  /// Sets limits for memory, core dumps, written files and privileges, which children inherit; false if that fails.
  public static func limit(_ limits: DecoderLimits) -> Bool {
    set(RLIMIT_CORE, 0, 0) && set(RLIMIT_FSIZE, 0, 0)
      && set(RLIMIT_AS, limits.addressSpaceBytes, limits.addressSpaceBytes)
      && process_forbid_new_privileges() == 0 && process_forbid_dumps() == 0
  }

  /// Limits the CPU time of this process; false if that fails.
  ///
  /// Each child has all of the time, because a child's CPU time starts at zero.
  public static func limitTime(_ limits: DecoderLimits) -> Bool {
    set(RLIMIT_CPU, limits.cpuSeconds, limits.cpuSeconds + 1)
  }

  private static func set(_ resource: __rlimit_resource, _ soft: Int, _ hard: Int) -> Bool {
    var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
    return setrlimit(Int32(bitPattern: resource.rawValue), &limit) == 0
  }

  /// Forbids all system calls except those that a fork server and its children need; false if that fails.
  ///
  /// The process can use no files, no programs, no executable memory, and no sockets except those that it has and gets.
  public static func confineForkServer() -> Bool {
    let descriptor = UInt64(DecoderProtocol.descriptor)
    return install(
      freely: freely + ["close", "fcntl", "seccomp", "prctl", "tgkill"],
      restricted: restricted + [
        Rule(name: "recvmsg", argument: 0, mask: Rule.descriptor, value: descriptor),
        Rule(name: "dup2", argument: 1, mask: Rule.descriptor, value: descriptor),
        Rule(name: "dup3", argument: 1, mask: Rule.descriptor, value: descriptor),
        Rule(name: "clone", argument: 0, mask: Rule.everything, value: clone_sibling()),
        Rule(name: "clone", argument: 0, mask: clone_thread(), value: clone_thread()),
        Rule(name: "prlimit64", argument: 1, mask: Rule.everything, value: UInt64(RLIMIT_CPU.rawValue)),
        // The processes of this group: the server's children.
        Rule(name: "kill", argument: 0, mask: Rule.descriptor, value: 0),
      ]
    )
  }

  /// Forbids every thread all system calls except those that decoding needs; false if that fails.
  ///
  /// The process can then use no files, sockets, programs, child processes or executable memory. A forbidden call
  /// returns EPERM instead of killing the process, so that libraries that only probe for optional features continue.
  /// Source: https://man7.org/linux/man-pages/man3/seccomp_init.3.html
  public static func lockDown() -> Bool {
    install(
      freely: freely,
      restricted: restricted + [
        Rule(name: "clone", argument: 0, mask: clone_thread(), value: clone_thread()),
        // `abort()` needs this call to end the process.
        Rule(name: "tgkill", argument: 0, mask: Rule.everything, value: UInt64(getpid())),
      ]
    )
  }

  private static func install(freely: [String], restricted: [Rule]) -> Bool {
    guard let filter = seccomp_init(seccomp_action_errno(EPERM)) else { return false }
    defer { seccomp_release(filter) }
    for name in freely {
      guard seccomp_allow(filter, seccomp_syscall_resolve_name(name)) == 0 else { return false }
    }
    for rule in restricted {
      let call = seccomp_syscall_resolve_name(rule.name)
      guard seccomp_allow_masked(filter, call, rule.argument, rule.mask, rule.value) == 0 else { return false }
    }
    // `clone3` passes its flags in memory, which a filter cannot read. After ENOSYS, glibc uses `clone` instead.
    guard seccomp_answer(filter, seccomp_syscall_resolve_name("clone3"), ENOSYS) == 0 else { return false }
    return seccomp_load(filter) == 0
  }

  /// System calls that affect only the memory, threads and clocks of this process.
  private static let freely = [
    "brk", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex", "getpid", "getrandom", "gettid",
    "gettimeofday", "madvise", "mremap", "munmap", "restart_syscall", "rseq", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list", "sigaltstack",
  ]

  private struct Rule {
    static let everything = UInt64.max
    static let descriptor: UInt64 = 0xFFFF_FFFF

    let name: String
    let argument: UInt32
    let mask: UInt64
    let value: UInt64
  }

  private static let restricted = [
    Rule(name: "read", argument: 0, mask: Rule.descriptor, value: UInt64(DecoderProtocol.descriptor)),
    Rule(name: "write", argument: 0, mask: Rule.descriptor, value: UInt64(DecoderProtocol.descriptor)),
    Rule(name: "mmap", argument: 2, mask: UInt64(PROT_EXEC), value: 0),
    Rule(name: "mprotect", argument: 2, mask: UInt64(PROT_EXEC), value: 0),
  ]
}
