import Glibc

/// The log file that the old and the new process share, with the position at which the new process began.
struct SwapLog {
  let path: String
  let descriptor: Int32
  private let start: Int64

  /// Opens or creates the file; nil on failure, with errno set.
  init?(_ path: String) {
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { return nil }
    self.path = path
    start = Int64(lseek(descriptor, 0, SEEK_END))
  }

  /// Returns the new process's last lines that are not request log lines, each cut to a readable length.
  func lastWords() -> [String] {
    let reader = open(path, O_RDONLY | O_CLOEXEC)
    guard reader >= 0 else { return [] }
    defer { close(reader) }
    let window: Int64 = 65_536
    let from = max(start, Int64(lseek(reader, 0, SEEK_END)) - window)
    var bytes = [UInt8](repeating: 0, count: Int(window))
    let count = max(pread(reader, &bytes, bytes.count, off_t(from)), 0)
    let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    return lines.filter { !$0.contains(#""message":"request""#) }.suffix(8).map { String($0.prefix(400)) }
  }
}
