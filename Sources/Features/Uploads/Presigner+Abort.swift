public import Core
import Database
public import Foundation

extension Presigner {
  /// Ends the user's upload, in parts or not, gives its room back, and has a worker remove what was uploaded.
  ///
  /// Again where that was done already, or its time was over. Throws `notFound` for unknown and foreign files, and
  /// `uploadClosed` where the file has arrived.
  public func abort(_ file: FileID, for user: UserID, at now: Date) throws(StorageError) {
    _ = try database.record(file, of: user)
    if try database.abort(file, of: user, removingAt: now) { return }
    let record = try database.record(file, of: user)
    guard record.state == .aborted || record.state == .expired else { throw record.closed() }
  }
}
