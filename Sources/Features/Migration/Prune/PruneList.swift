internal import Core
internal import Database
internal import Foundation
internal import Glibc
internal import Signing
internal import Synchronization

/// The list of the files that were removed from the disk: one line for each, written before the removal.
///
/// A line has five fields between tabs: the time, `removed` or `kept`, the SHA-256, the length, and the path,
/// percent-encoded byte for byte. `kept` follows `removed` if the system refused the removal.
public final class PruneList: Sendable {
  /// The path of the list.
  public let path: String
  private let descriptor: Int32
  private let writing = Mutex(())

  /// Opens the list at `path` for appending, and creates it if there is none.
  public init(_ path: String) throws(PruneError) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw .list(path: path, reason: message(errno)) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .list(path: path, reason: "it is not a file")
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Adds a line.
  func add(_ row: LedgerRow, _ word: String, at now: Date) throws(PruneError) {
    let digest = row.proof?.digest.description ?? "-"
    let path = percentEncodePath(row.path)
    let line = Array("\(now.ISO8601Format())\t\(word)\t\(digest)\t\(row.facts.size)\t\(path)\n".utf8)
    let code = writing.withLock { _ in
      var count = 0
      while count < line.count {
        let written = line.withUnsafeBytes {
          Glibc.write(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
        }
        if written > 0 { count += written } else if errno != EINTR { return errno }
      }
      return 0
    }
    guard code == 0 else { throw .list(path: self.path, reason: message(code)) }
  }

  /// Makes the lines durable.
  func sync() throws(PruneError) {
    guard fdatasync(descriptor) == 0 else { throw .list(path: path, reason: message(errno)) }
  }
}
