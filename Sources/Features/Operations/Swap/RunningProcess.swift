import Foundation
import Glibc

/// A process on this machine.
///
/// Its start time distinguishes it from a later process with the same identifier.
struct RunningProcess {
  let pid: Int32
  private let start: Substring

  /// Nil if no such process runs, or if the process has ended and awaits its parent (a zombie).
  init?(_ pid: Int32) {
    guard pid > 1, let start = Self.start(of: pid) else { return nil }
    self.pid = pid
    self.start = start
  }

  var isRunning: Bool { Self.start(of: pid) == start }

  /// True if this user may send signals to the process.
  var mayBeEnded: Bool { kill(pid, 0) == 0 }

  /// The path of the file to which the process writes standard error; nil if it is not a file.
  var log: String? {
    let path = "/proc/\(pid)/fd/2"
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    guard let file = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return nil }
    // A deleted file can still be open, but the path does not exist.
    return access(file, F_OK) == 0 ? file : nil
  }

  /// The file name of the process's program, even if the file was deleted; nil if this user may not read it.
  var program: String? {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    return path?.split(separator: "/").last.map { String($0.replacing(" (deleted)", with: "")) }
  }

  /// Sends SIGTERM if the process still runs.
  func end() { if isRunning { kill(pid, SIGTERM) } }

  /// Returns the start time of the process, in clock ticks since boot.
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
