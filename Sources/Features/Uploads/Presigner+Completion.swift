public import Core
import Database
public import Foundation

extension Presigner {
  /// How often one file is looked for because its client says that it is there, in seconds.
  static let lookInterval: TimeInterval = 1

  /// Has a worker look for what the user has put in one piece, and answers where the file stands; nil where it goes up in
  /// parts.
  ///
  /// The client's word is a hint, as a store's event is: the file stays `pending` until its object was seen. A file has one
  /// such job at most, due at the next full second of the clock, so a client that asks without end costs a look a second.
  /// Throws `notFound` for unknown and foreign files, and `uploadClosed` where the upload was aborted or its time and an
  /// hour are over.
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
