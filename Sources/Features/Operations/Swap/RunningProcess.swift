import Foundation
import Glibc

/// A process of this machine, told from a later one that gets the same number.
struct RunningProcess {
  let pid: Int32
  private let start: Substring

  /// Nil where no such process runs, or only its status is left.
  init?(_ pid: Int32) {
    guard pid > 1, let start = Self.start(of: pid) else { return nil }
    self.pid = pid
    self.start = start
  }

  var isRunning: Bool { Self.start(of: pid) == start }

  /// Whether this user may send it signals.
  var mayBeEnded: Bool { kill(pid, 0) == 0 }

  /// The file that its standard error goes to; nil where that is no file.
  var log: String? {
    let path = "/proc/\(pid)/fd/2"
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    guard let file = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return nil }
    // A removed file is still open, but has no name.
    return access(file, F_OK) == 0 ? file : nil
  }

  /// The name of its program's file, also of one that was removed since; nil where this user may not know.
  var program: String? {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    return path?.split(separator: "/").last.map { String($0.replacing(" (deleted)", with: "")) }
  }

  /// Asks it to end.
  func end() { if isRunning { kill(pid, SIGTERM) } }

  /// When it started, in clock ticks since boot.
  ///
  /// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
  private static func start(of pid: Int32) -> Substring? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return fields[19]
  }
}
