internal import Foundation

/// The lock that allows only one migration for each ledger; the kernel releases the lock however its holder ends.
///
/// The lock is on a separate file beside the ledger: a process that closes the database file itself would lose the
/// locks that SQLite holds on the file. The file contains the process identifier of the holder.
/// Source: https://www.sqlite.org/howtocorrupt.html (section 2.2), https://man7.org/linux/man-pages/man2/flock.2.html
final class LedgerLock: Sendable {
  private let descriptor: Int32

  /// The time for which another holder is awaited, in microseconds: `holder` takes the lock for a moment.
  private static let patience: useconds_t = 500_000

  /// Locks `path` + `.lock`; throws `inUse` if another process has the lock.
  init(ledger path: String) throws(LedgerError) {
    let file = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
    var left = Self.patience
    while flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK, left > 0 {
      usleep(20_000)
      left -= 20_000
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.holder(file)
      close(file)
      throw code == EWOULDBLOCK
        ? .inUse(path: path, process: holder) : .unusable(path: path, reason: String(cString: strerror(code)))
    }
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(file, 0) == 0 { _ = pwrite(file, text, text.count, 0) }
    descriptor = file
  }

  deinit {
    // A process that is just being started shares the lock until it executes its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Returns the process that holds the lock of the ledger at `path`: nil if there is none, 0 if its number is unknown.
  static func holder(ofLedger path: String) -> Int32? {
    let file = open(path + ".lock", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    return holder(file) ?? 0
  }

  private static func holder(_ file: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(file, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes.prefix(count), as: UTF8.self).filter(\.isNumber))
  }
}
