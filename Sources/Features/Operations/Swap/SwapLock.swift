import Glibc

/// A lock that allows only one swap of a process at a time.
///
/// The system releases the lock if its holder crashes.
///
/// Source: https://man7.org/linux/man-pages/man2/flock.2.html
final class SwapLock {
  private let descriptor: Int32

  /// Locks `process` in `directory`; throws the errno of the failure, or EWOULDBLOCK if another swap has the lock.
  init(_ process: String, in directory: String) throws(Errno) {
    let file = open("\(directory)/\(process).swap.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
    guard file >= 0 else { throw Errno(code: errno) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let error = Errno(code: errno)
      close(file)
      throw error
    }
    descriptor = file
  }

  deinit { close(descriptor) }

  /// The error number of a failed system call.
  struct Errno: Error {
    let code: Int32
  }
}
