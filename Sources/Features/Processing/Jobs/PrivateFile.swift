import Core
import Foundation
import Glibc

/// A temporary file without a name, which no other process can open and which disappears with the process.
///
/// It holds the single copy that is hashed, scanned and rendered.
final class PrivateFile: Sendable {
  let descriptor: Int32

  /// Creates the file on the file system of `directory`.
  ///
  /// Source: https://man7.org/linux/man-pages/man2/open.2.html (O_TMPFILE)
  init(in directory: String) throws(StorageError) {
    let temporaryFile: Int32 = 0o20_200_000
    descriptor = open(directory, temporaryFile | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .unavailable(detail: "temporary file in \(directory): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// Appends `bytes`.
  func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
        write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        throw .unavailable(detail: "temporary file: \(String(cString: strerror(errno)))")
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Returns at most the first `count` bytes.
  func head(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, pread(descriptor, buffer.baseAddress, count, 0))
    }
  }
}
