import Glibc

/// Held while a process is swapped, so that two swaps of it do not undo each other; gone with its holder.
///
/// Source: https://man7.org/linux/man-pages/man2/flock.2.html
final class SwapLock {
  private let descriptor: Int32

  /// Takes the lock of `process` in `directory`; throws errno where it cannot be made, EWOULDBLOCK where somebody holds it.
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

  /// What the system said.
  struct Errno: Error {
    let code: Int32
  }
}
