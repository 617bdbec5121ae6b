import Foundation
import Scanning

/// An open file without a name.
final class TemporaryFile: Sendable {
  let descriptor: Int32
  let size: Int64

  init(_ content: Data) throws {
    var name = Array("/tmp/stowage-scanned-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    unlink(name)
    size = Int64(content.count)
    guard descriptor >= 0 else { throw POSIXError(.ENFILE) }
    try content.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        guard count > 0 else { throw POSIXError(.EIO) }
        written += count
      }
    }
  }

  deinit { close(descriptor) }

  func scanned(by scanner: some MalwareScanner) throws(ScanError) -> ScanVerdict {
    try scanner.scan(descriptor: descriptor, size: size)
  }
}
