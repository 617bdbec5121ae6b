internal import CFastCGI
internal import Glibc

/// A file in memory that a thread uses for one request after the other.
struct MemoryFile: Sendable {
  private let file: Descriptor

  /// Above it the memory is given back after a request.
  private static let keptBytes = 131_072

  /// Nil when the system has no descriptor left.
  init?() {
    guard let file = Descriptor(owning: cfastcgi_memory_file()) else { return nil }
    self.file = file
  }

  /// A new descriptor, the caller's to close, from which `bytes` can be read; nil when the system has no room.
  ///
  /// Bytes of an earlier request may stand behind them: only a reader that knows where to end may have it.
  func holding(_ bytes: [UInt8]) -> Int32? {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(file.number, buffer.baseAddress.map { $0 + offset }, buffer.count - offset, off_t(offset))
      }
      guard count > 0 else { return nil }
      offset += count
    }
    guard lseek(file.number, 0, SEEK_SET) == 0 else { return nil }
    let descriptor = fcntl(file.number, F_DUPFD_CLOEXEC, 3)
    return descriptor >= 0 ? descriptor : nil
  }

  /// Gives back what a large request took.
  func trim(after bytes: Int) {
    if bytes > Self.keptBytes { ftruncate(file.number, 0) }
  }
}
