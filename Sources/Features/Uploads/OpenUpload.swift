import Core
import Database
import Foundation
import Storage

/// A multipart upload in progress.
struct OpenUpload {
  let file: FileID
  let key: String
  let id: UploadID
  let plan: PartPlan
  let expiresAt: Date
}

extension MultipartUploads {
  /// Returns the user's upload in progress.
  ///
  /// Throws `notFound` for unknown files and for files of other users, and `uploadClosed` if the upload has ended.
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
  /// Returns the record of the user's file; throws `notFound` for unknown files, files of other users, and deleted
  /// files.
  func record(_ file: FileID, of user: UserID) throws(StorageError) -> FileRecord {
    guard let record = try self.file(file), record.user == user else { throw .notFound }
    switch record.state {
    case .deleted, .purging, .purged: throw .notFound
    case .pending, .received, .ready, .rejected, .quarantined, .expired, .aborted: return record
    }
  }
}

extension FileRecord {
  /// Returns the error for a request about an upload that has ended.
  func closed() -> StorageError { .uploadClosed(detail: "The file is \(state.rawValue).") }
}
