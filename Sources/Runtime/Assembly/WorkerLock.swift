public import Core
import Glibc

/// A file lock that shows that a worker runs on this node; the kernel releases the lock however its holder ends.
///
/// Any number of workers can hold the lock together.
/// Source: https://man7.org/linux/man-pages/man2/flock.2.html
public final class WorkerLock: Sendable {
  private let descriptor: Int32

  /// Acquires the shared lock in `directory`, which contains the sockets of the processes.
  public init(directory: String) throws(StorageError) {
    descriptor = open(Self.path(directory), O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0, flock(descriptor, LOCK_SH) == 0 else {
      throw .unavailable(detail: "\(Self.path(directory)): \(String(cString: strerror(errno)))")
    }
  }

  deinit { Self.release(descriptor) }

  /// True if a worker holds the lock in `directory`.
  public static func isHeld(in directory: String) -> Bool {
    let descriptor = open(path(directory), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { release(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0
  }

  /// Unlocks before closing, because a child process that is just being started shares the lock until it runs its program.
  private static func release(_ descriptor: Int32) {
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func path(_ directory: String) -> String { directory + "/worker.lock" }
}
