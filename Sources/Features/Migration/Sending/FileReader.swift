internal import CDisk
internal import Glibc
internal import Signing

/// Reads an open file once, from the first byte to the last, and hashes it on the way.
///
/// The page cache keeps what other processes use: a file whose pages were cached before stays cached, and the pages of
/// any other file are dropped behind the reader. A reader belongs to one thread and closes the descriptor.
final class FileReader {
  /// The number of bytes of one read: small enough for the processor's cache, so that hashing finds the bytes there.
  static let pieceSize = 256 << 10
  /// The number of bytes after which the pages behind the reader are dropped.
  private static let dropInterval: Int64 = 4 << 20

  /// The descriptor, which the reader closes at its end.
  let descriptor: Int32
  /// The facts of the file before the first read.
  let stamp: FileStamp
  private let hasher: SHA256
  private let staysCached: Bool
  /// The number of bytes that were read.
  private(set) var position: Int64 = 0
  private var dropped: Int64 = 0

  /// Takes over `descriptor`; `hasher` serves this reader until `finish`.
  init(_ descriptor: Int32, hasher: SHA256) throws(SendFailure) {
    self.descriptor = descriptor
    self.hasher = hasher
    do throws(SendFailure) {
      stamp = try FileStamp.settled(of: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    // The digest of an earlier file that was not read to its end is discarded.
    _ = hasher.finalize()
    staysCached = Self.isCached(descriptor, size: stamp.size)
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit {
    // A length of 0 means up to the end, which includes pages that the kernel read ahead.
    if !staysCached { posix_fadvise(descriptor, off_t(dropped), 0, POSIX_FADV_DONTNEED) }
    close(descriptor)
  }

  /// Reads the next bytes until `buffer` is full; `part` hashes them too.
  ///
  /// Throws `changed` if the file ends before. If `keepsPages` is true, the pages stay in the cache until `dropPages`.
  func fill(
    _ buffer: UnsafeMutableRawBufferPointer,
    part: SHA256? = nil,
    keepsPages: Bool = false
  ) throws(SendFailure) {
    var filled = 0
    while filled < buffer.count {
      let room = UnsafeMutableRawBufferPointer(
        rebasing: buffer[filled..<min(filled + Self.pieceSize, buffer.count)]
      )
      let count = pread(descriptor, room.baseAddress, room.count, off_t(position))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(detail: String(cString: strerror(errno))) }
      guard count > 0 else { throw .changed }
      let piece = UnsafeRawBufferPointer(rebasing: room[..<count])
      hasher.update(piece)
      part?.update(piece)
      filled += count
      position += Int64(count)
    }
    if !keepsPages, position - dropped >= Self.dropInterval { dropPages() }
  }

  /// Hashes the next `count` bytes without keeping them, by way of `scratch`.
  func skip(
    _ count: Int64,
    scratch: UnsafeMutableRawBufferPointer,
    part: SHA256,
    keepsPages: Bool = false
  ) throws(SendFailure) {
    var left = count
    while left > 0 {
      let piece = Int(min(left, Int64(scratch.count)))
      try fill(UnsafeMutableRawBufferPointer(rebasing: scratch[..<piece]), part: part, keepsPages: keepsPages)
      left -= Int64(piece)
    }
  }

  /// Returns the digest of the whole file; throws `changed` unless it is still the file whose stamp was taken.
  func finish() throws(SendFailure) -> [UInt8] {
    let digest = hasher.finalize()
    guard position == stamp.size, try FileStamp(of: descriptor) == stamp else { throw .changed }
    return digest
  }

  /// Drops the pages behind the reader from the cache, unless the file was cached before.
  func dropPages() {
    guard !staysCached, position > dropped else { return }
    posix_fadvise(descriptor, off_t(dropped), off_t(position - dropped), POSIX_FADV_DONTNEED)
    dropped = position
  }

  /// True if most of the file is in the page cache, by samples at equal distances.
  ///
  /// A test by `mincore` calls every page of a file cached that the process may not write.
  /// Source: https://man7.org/linux/man-pages/man2/mincore.2.html
  private static func isCached(_ descriptor: Int32, size: Int64) -> Bool {
    guard size > 0 else { return true }
    // Reading a sample starts the kernel's read-ahead, so samples are far apart, and a small file has one.
    let count = min(8, 1 + size / (8 << 20))
    let hits = (0..<count).filter { disk_is_cached(descriptor, $0 * (size / count)) == 1 }
    return hits.count * 2 > count
  }
}
