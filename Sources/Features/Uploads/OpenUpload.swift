import Core
import Database
import Foundation
import Storage

/// A multipart upload that is under way.
struct OpenUpload {
  let file: FileID
  let key: String
  let id: UploadID
  let plan: PartPlan
  let expiresAt: Date
}

extension MultipartUploads {
  /// The user's upload; throws `notFound` for unknown and foreign files alike, and `uploadClosed` where it is over.
  func open(_ file: FileID, of user: UserID) throws(StorageError) -> OpenUpload {
    try open(try database.record(file, of: user))
  }

  func open(_ record: FileRecord) throws(StorageError) -> OpenUpload {
    guard record.state == .pending else { throw record.closed() }
    guard let multipart = record.multipart else {
      throw .invalidRequest("this upload is a single PUT: it has no parts")
    }
    guard let id = multipart.uploadID else { throw .uploadClosed(detail: "The store never began it.") }
    return OpenUpload(
      file: record.id,
      key: record.rawKey,
      id: UploadID(id),
      plan: PartPlan(size: record.claimedSize, partSize: multipart.partSize),
      expiresAt: record.expiresAt
    )
  }
}

extension FileDatabase {
  /// The user's file; throws `notFound` for unknown and foreign files alike, and for those that are deleted.
  func record(_ file: FileID, of user: UserID) throws(StorageError) -> FileRecord {
    guard let record = try self.file(file), record.user == user else { throw .notFound }
    switch record.state {
    case .deleted, .purging, .purged: throw .notFound
    case .pending, .received, .ready, .rejected, .expired, .aborted: return record
    }
  }
}

extension FileRecord {
  /// What a client is told that asks something of an upload that is over.
  func closed() -> StorageError { .uploadClosed(detail: "The file is \(state.rawValue).") }
}
