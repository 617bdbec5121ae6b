internal import CFastCGI
internal import Glibc

/// A file in memory (memfd) that one thread reuses for all its requests.
struct MemoryFile: Sendable {
  private let file: Descriptor

  /// After a request of more bytes the file is truncated and its memory is released.
  private static let keptBytes = 131_072

  /// Creates the file; nil if the system has no descriptor left.
  init?() {
    guard let file = Descriptor(owning: cfastcgi_memory_file()) else { return nil }
    self.file = file
  }

  /// Writes `bytes` at the start of the file and returns a new descriptor for them; nil if a system call fails.
  ///
  /// The caller closes the descriptor. Bytes of an earlier request may follow `bytes`, so the reader must know where to
  /// stop.
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

  /// Releases the memory of a large request.
  func trim(after bytes: Int) {
    if bytes > Self.keptBytes { ftruncate(file.number, 0) }
  }
}
