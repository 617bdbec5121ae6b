public import Core
public import Foundation

/// The record of a file's multipart upload, from the reservation until the store is known to have no such upload.
public struct MultipartRecord: Hashable, Sendable {
  /// The identifier that the store assigned; nil if the store has not answered yet or its answer was lost.
  public let uploadID: String?
  /// The length of every part except the last, in bytes.
  public let partSize: Int64

  /// Nil if the row contains no multipart upload.
  init?(_ row: any Row) throws {
    guard let partSize = try row.optionalInteger("part_size") else { return nil }
    self.partSize = partSize
    uploadID = try row.optionalText("upload_id")
  }
}

extension FileDatabase {
  /// Records the store's identifier of a pending file's multipart upload, which ends at `expires`.
  ///
  /// Returns false if the file is no longer pending; the caller must then abort the upload.
  public func open(_ file: FileID, as upload: String, until expires: Date) throws(StorageError) -> Bool {
    try write { connection in
      let end: Parameters = ["expires": expires.milliseconds]
      guard try connection.transition(file, FileStatement.open, end, settling: .keep) else { return false }
      try connection.run(MultipartStatement.name, ["file": file.description, "upload": upload])
      return true
    }
  }

  /// Deletes the record of a file's multipart upload, unless the file is pending.
  ///
  /// The caller has verified that the store has no such upload.
  public func forgetMultipart(of file: FileID) throws(StorageError) {
    try write { connection in _ = try connection.run(MultipartStatement.forget, ["file": file.description]) }
  }

  /// Returns true if `upload` is the multipart upload of a pending file with this raw key.
  public func isOpen(_ upload: String, to rawKey: String) throws(StorageError) -> Bool {
    try read { connection in
      try connection.returnsRow(MultipartStatement.openByKey, ["key": rawKey, "upload": upload])
    }
  }

  /// Returns pending files of unknown length whose multipart upload the store has begun.
  ///
  /// See `unattendedFiles` for the pages.
  public func unmeasuredFiles(after last: FileID? = nil, limit: Int = 100) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        FileStatement.unmeasured,
        ["after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }

  /// Returns files without a job, neither pending nor received, whose multipart upload may still exist in the store.
  ///
  /// See `unattendedFiles` for the pages.
  public func filesWithMultipartLeft(
    after last: FileID? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        MultipartStatement.left,
        ["after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }
}
