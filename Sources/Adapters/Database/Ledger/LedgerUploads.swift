internal import Core
internal import Foundation
internal import GRDB

/// A part that the store has confirmed.
public struct LedgerPart: Hashable, Sendable {
  /// The position of the part, from 1.
  public let number: Int
  /// The length in bytes.
  public let size: Int64
  /// The SHA-256 of the part, 32 bytes.
  public let digest: [UInt8]
  /// The entity tag that the store gave the part.
  public let etag: String

  /// Creates a part.
  public init(number: Int, size: Int64, digest: [UInt8], etag: String) {
    self.number = number
    self.size = size
    self.digest = digest
    self.etag = etag
  }
}

/// A multipart upload that a run began and neither completed nor aborted.
public struct LedgerUpload: Hashable, Sendable {
  /// The number of the file's row.
  public let row: Int64
  /// The store's identifier of the upload.
  public let id: String
  /// The key of the object.
  public let key: String
  /// The length of each part except the last, in bytes.
  public let partSize: Int64
  /// The parts that the store has confirmed.
  public let parts: [LedgerPart]

  /// Creates an upload.
  public init(row: Int64, id: String, key: String, partSize: Int64, parts: [LedgerPart] = []) {
    self.row = row
    self.id = id
    self.key = key
    self.partSize = partSize
    self.parts = parts
  }
}

extension MigrationLedger {
  /// Records the start of a multipart upload, durably.
  public func begin(_ upload: LedgerUpload) throws(LedgerError) {
    _ = try commit { connection in
      try connection.changes(
        LedgerStatement.beginUpload,
        ["row": upload.row, "upload": upload.id, "key": upload.key, "part_size": upload.partSize]
      )
    }
  }

  /// Records a part that the store has confirmed, durably.
  public func record(_ part: LedgerPart, of upload: String, row: Int64) throws(LedgerError) {
    _ = try commit { connection in
      try connection.changes(
        LedgerStatement.addPart,
        [
          "row": row, "upload": upload, "number": part.number, "size": part.size, "digest": Data(part.digest),
          "etag": part.etag,
        ]
      )
    }
  }

  /// Records that an upload was completed or aborted, durably.
  public func endUpload(_ upload: String, row: Int64) throws(LedgerError) {
    _ = try commit { connection in
      _ = try connection.changes(LedgerStatement.removeParts, ["row": row, "upload": upload])
      return try connection.changes(LedgerStatement.removeUpload, ["row": row, "upload": upload])
    }
  }

  /// Returns all uploads that have neither been completed nor aborted, with their parts.
  ///
  /// A run has at most as many as it sends files at a time.
  public func uploads() throws(LedgerError) -> [LedgerUpload] {
    try read { connection in
      try connection.run(LedgerStatement.uploads, [:]).map { row in
        let upload: Parameters = try ["row": row.integer("row"), "upload": row.text("upload")]
        return try LedgerUpload(
          row: row.integer("row"),
          id: row.text("upload"),
          key: row.text("key"),
          partSize: row.integer("part_size"),
          parts: connection.run(LedgerStatement.parts, upload).map(LedgerPart.init)
        )
      }
    }
  }
}

extension LedgerPart {
  fileprivate init(_ row: any Row) throws {
    try self.init(
      number: Int(row.integer("number")),
      size: row.integer("size"),
      digest: [UInt8](row.bytes("digest")),
      etag: row.text("etag")
    )
  }
}
