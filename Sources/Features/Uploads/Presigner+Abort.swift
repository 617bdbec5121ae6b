public import Core
import Database
public import Foundation

extension Presigner {
  /// Aborts the user's upload (single or multipart), releases its quota, and lets a worker delete the uploaded bytes.
  ///
  /// Succeeds without a change if the upload was already aborted or has expired. Throws `notFound` for unknown files
  /// and for files of other users, and `uploadClosed` if the file has been received.
  public func abort(_ file: FileID, for user: UserID, at now: Date) throws(StorageError) {
    _ = try database.record(file, of: user)
    if try database.abort(file, of: user, removingAt: now) { return }
    let record = try database.record(file, of: user)
    guard record.state == .aborted || record.state == .expired else { throw record.closed() }
  }
}
