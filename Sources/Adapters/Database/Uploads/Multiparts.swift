public import Core
public import Foundation
internal import GRDB

/// What is kept of a file's multipart upload, from its reservation until the store is known to have none.
public struct MultipartRecord: Hashable, Sendable {
  /// The store's name for it; nil before the store gave one, or where that answer was lost.
  public let uploadID: String?
  /// The length of every part but the last, in bytes.
  public let partSize: Int64

  /// Nil where the row has none.
  init?(_ row: Row) throws {
    guard let partSize = try row.optionalInteger("part_size") else { return nil }
    self.partSize = partSize
    uploadID = try row.optionalText("upload_id")
  }
}

extension FileDatabase {
  /// Keeps the store's name for a pending file's multipart upload, which ends at `expires`.
  ///
  /// Returns false where the file is not pending any more: then the upload belongs to nobody.
  public func open(_ file: FileID, as upload: String, until expires: Date) throws(StorageError) -> Bool {
    try write { connection in
      let end: Parameters = ["expires": expires.milliseconds]
      guard try connection.transition(file, FileStatement.open, end, settling: .keep) else { return false }
      try connection.run(MultipartStatement.name, ["file": file.description, "upload": upload])
      return true
    }
  }

  /// Forgets the multipart upload of a file that is not pending: the store has none.
  public func forgetMultipart(of file: FileID) throws(StorageError) {
    try write { connection in _ = try connection.run(MultipartStatement.forget, ["file": file.description]) }
  }

  /// Whether `upload` is the multipart upload of a pending file with this key in the raw bucket.
  public func isOpen(_ upload: String, to rawKey: String) throws(StorageError) -> Bool {
    try read { connection in
      try connection.returnsRow(MultipartStatement.openByKey, ["key": rawKey, "upload": upload])
    }
  }

  /// Pending files whose length nobody told, and whose multipart upload is under way; in pages as `unattendedFiles` has
  /// them.
  public func unmeasuredFiles(after last: FileID? = nil, limit: Int = 100) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      try connection.run(
        FileStatement.unmeasured,
        ["after": last?.description ?? "", "limit": limit]
      ).map(UnfinishedFile.init)
    }
  }

  /// Files that are over and judged, whose multipart upload the store may still have, and that no job looks after; in
  /// pages as `unattendedFiles` has them.
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
