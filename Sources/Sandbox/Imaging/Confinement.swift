internal import CSeccomp
public import Core
internal import Glibc

/// The limits and the system call filter of the decoder, set before it reads untrusted bytes.
///
/// If a step fails, the process must end.
public enum Confinement {
  /// Sets limits for memory, CPU time, core dumps, written files and privileges; false if that fails.
  public static func limit(_ limits: DecoderLimits) -> Bool {
    func set(_ resource: __rlimit_resource, _ soft: Int, _ hard: Int) -> Bool {
      var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
      return setrlimit(Int32(bitPattern: resource.rawValue), &limit) == 0
    }
    return set(RLIMIT_CORE, 0, 0) && set(RLIMIT_FSIZE, 0, 0)
      && set(RLIMIT_CPU, limits.cpuSeconds, limits.cpuSeconds + 1)
      && set(RLIMIT_AS, limits.addressSpaceBytes, limits.addressSpaceBytes)
      && process_forbid_new_privileges() == 0 && process_forbid_dumps() == 0
  }

  /// Forbids every thread all system calls except those that decoding needs; false if that fails.
  ///
  /// The process can then use no files, sockets, programs, child processes or executable memory. A forbidden call
  /// returns EPERM instead of killing the process, so that libraries that only probe for optional features continue.
  /// Source: https://man7.org/linux/man-pages/man3/seccomp_init.3.html
  public static func lockDown() -> Bool {
    guard let filter = seccomp_init(seccomp_action_errno(EPERM)) else { return false }
    defer { seccomp_release(filter) }
    // The filter also applies to the threads that libvips started during the warm-up.
    guard seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 else { return false }
    for name in freely {
      guard seccomp_allow(filter, seccomp_syscall_resolve_name(name)) == 0 else { return false }
    }
    for rule in restricted() {
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
    let name: String
    let argument: UInt32
    let mask: UInt64
    let value: UInt64
  }

  private static func restricted() -> [Rule] {
    let everything = UInt64.max
    let socket = UInt64(DecoderProtocol.descriptor)
    return [
      Rule(name: "read", argument: 0, mask: 0xFFFF_FFFF, value: socket),
      Rule(name: "write", argument: 0, mask: 0xFFFF_FFFF, value: socket),
      Rule(name: "mmap", argument: 2, mask: UInt64(PROT_EXEC), value: 0),
      Rule(name: "mprotect", argument: 2, mask: UInt64(PROT_EXEC), value: 0),
      Rule(name: "clone", argument: 0, mask: clone_thread(), value: clone_thread()),
      // `abort()` needs this call to end the process.
      Rule(name: "tgkill", argument: 0, mask: everything, value: UInt64(getpid())),
    ]
  }
}
