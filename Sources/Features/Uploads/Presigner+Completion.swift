public import Core
import Database
public import Foundation

extension Presigner {
  /// The minimum interval between two checks of one file that its client triggers, in seconds.
  static let lookInterval: TimeInterval = 1

  /// Lets a worker check a single upload in the store, and returns the file's state; nil for a multipart upload.
  ///
  /// A client's request is only a hint, like an event from the store: the file stays `pending` until a worker finds the
  /// object. A file has at most one such job, due at the next full second of the clock. A client that repeats the
  /// request without pause therefore causes one check per second. Throws `notFound` for unknown files and for files of
  /// other users. Throws `uploadClosed` if the upload was aborted, or if its expiry and a grace period of one hour have
  /// passed.
  public func complete(_ file: FileID, for user: UserID, at now: Date) throws(StorageError) -> UploadOutcome? {
    let record = try database.record(file, of: user)
    guard record.state == .pending else { return try record.outcome() }
    guard record.multipart == nil else { return nil }
    guard now <= record.expiresAt.addingTimeInterval(TimeInterval(UploadPolicy.graceSeconds)) else {
      throw .uploadClosed(detail: "Its time is over.")
    }
    let sinceLook = now.timeIntervalSince1970.truncatingRemainder(dividingBy: Self.lookInterval)
    let delay = sinceLook > 0 ? Self.lookInterval - sinceLook : 0
    _ = try database.enqueue(for: [file], at: now, delay: delay)
    return UploadOutcome(fileId: file.description, state: .pending, reason: nil)
  }
}
