public import Database
internal import Glibc

/// The place that a migration reads its files from.
public protocol FileSource: Sendable {
  /// Opens the file of a row for reading and returns its descriptor, which the caller closes.
  func openFile(of row: LedgerRow) throws(SendFailure) -> Int32
  /// Returns the object of the migration's own store that the file of a row can be copied from; nil if there is none.
  func origin(of row: LedgerRow) -> CopyOrigin?
}

extension FileSource {
  /// Returns nil.
  public func origin(of row: LedgerRow) -> CopyOrigin? { nil }
}

extension TreeRoot: FileSource {
  /// Opens the file at the row's path, never through a symbolic link.
  public func openFile(of row: LedgerRow) throws(SendFailure) -> Int32 {
    do throws(TreeError) {
      let file = try TreeReader(self).open(row.path)
      let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else { throw .unreadable(reason: message(errno)) }
      return descriptor
    } catch {
      if case .vanished = error { throw .vanished }
      throw .unreadable(detail: error.description)
    }
  }
}
