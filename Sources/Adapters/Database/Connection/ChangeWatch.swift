internal import Glibc

/// Waits for a commit to the database by any process of this node.
///
/// The kernel reports writes to SQLite's write-ahead log. A report is a hint: it can tell of a commit that matters to
/// nobody, and a file system can fail to report. One thread at a time may wait.
/// Source: https://man7.org/linux/man-pages/man7/inotify.7.html
public final class ChangeWatch: Sendable {
  private let notices: Int32
  private let interruption: (read: Int32, write: Int32)

  /// The maximum number of reads for one wait; the kernel joins equal notices that wait, so few are left.
  private static let maximumReads = 16

  /// Watches the log of the database at `path`, which must be open; nil if the kernel offers no watch.
  init?(database path: String) {
    let notices = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard notices >= 0 else { return nil }
    var ends: [Int32] = [-1, -1]
    guard inotify_add_watch(notices, path + "-wal", UInt32(IN_MODIFY)) >= 0, Self.connect(&ends)
    else {
      close(notices)
      return nil
    }
    self.notices = notices
    interruption = (ends[0], ends[1])
  }

  private static func connect(_ ends: inout [Int32]) -> Bool {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return socketpair(AF_UNIX, kind, 0, &ends) == 0
  }

  deinit {
    for descriptor in [notices, interruption.read, interruption.write] { close(descriptor) }
  }

  /// Waits for a commit since the last call, or for `milliseconds`; returns true if there was a commit.
  public func wait(milliseconds: Int) -> Bool {
    var entries = [notices, interruption.read].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&entries, 2, Int32(clamping: milliseconds)) > 0, entries[0].revents != 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 4096)
    for _ in 0..<Self.maximumReads where read(notices, &buffer, buffer.count) < buffer.count / 2 { break }
    return true
  }

  /// Waits for `milliseconds`, or until `interrupt`.
  public func rest(milliseconds: Int) {
    var entry = pollfd(fd: interruption.read, events: Int16(POLLIN), revents: 0)
    poll(&entry, 1, Int32(clamping: milliseconds))
  }

  /// Ends the current wait and all later ones at once.
  public func interrupt() {
    var byte: UInt8 = 0
    _ = write(interruption.write, &byte, 1)
  }
}
