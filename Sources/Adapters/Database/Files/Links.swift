public import Core
public import Foundation
internal import GRDB

/// A link by which somebody without a token gets a file.
public struct LinkRecord: Hashable, Sendable {
  /// The link.
  public let id: LinkID
  /// The file.
  public let file: FileID
  /// What a browser does with the bytes.
  public let disposition: ContentDisposition.Kind
  /// When it was made.
  public let createdAt: Date
  /// When it ends.
  public let expiresAt: Date

  /// A link that is made at `now`.
  public init(to file: FileID, _ terms: LinkTerms, at now: Date) {
    id = LinkID(at: now)
    self.file = file
    disposition = terms.disposition
    createdAt = now
    expiresAt = now + TimeInterval(terms.seconds)
  }

  init(_ row: Row) throws {
    id = try row.value("id") { LinkID($0) }
    file = try row.value("file_id") { FileID($0) }
    disposition = try row.value("disposition") { ContentDisposition.Kind(rawValue: $0) }
    createdAt = try row.date("created_at")
    expiresAt = try row.date("expires_at")
  }
}

/// What became of a wish for a link.
public enum LinkMaking: Hashable, Sendable {
  /// It is there.
  case made
  /// Nothing was stored: the user has no such file that is ready.
  case notReady
  /// Nothing was stored: the file has as many links as it may.
  case tooMany(limit: Int)
}

extension FileDatabase {
  /// Stores a link to the user's ready file, which a secret of digest `sha256` opens; those that ended go.
  public func make(
    _ link: LinkRecord,
    openedBy sha256: SHA256Digest,
    for user: UserID,
    maximum: Int = LinkTerms.maximumCount
  ) throws(StorageError) -> LinkMaking {
    try write { connection in
      let file: Parameters = ["file": link.file.description]
      let owner = file.merging(["user": user.description]) { $1 }
      // The row is locked from here on, so nobody else counts meanwhile.
      guard try connection.returnsRow(FileStatement.lockReady, owner) else { return .notReady }
      let now = link.createdAt.milliseconds
      try connection.run(LinkStatement.clear, file.merging(["now": now]) { $1 })
      let count = try connection.first(LinkStatement.count, file)?.integer("found") ?? 0
      guard count < maximum else { return .tooMany(limit: maximum) }
      try connection.run(
        LinkStatement.create,
        [
          "link": link.id.description, "file": link.file.description, "sha256": sha256.description,
          "disposition": link.disposition.rawValue, "now": now, "expires": link.expiresAt.milliseconds,
        ]
      )
      return .made
    }
  }

  /// The file's links that have not ended at `now`, the oldest first.
  public func links(to file: FileID, at now: Date) throws(StorageError) -> [LinkRecord] {
    try read { connection in
      let live: Parameters = ["file": file.description, "now": now.milliseconds]
      return try connection.run(LinkStatement.live, live).map(LinkRecord.init)
    }
  }

  /// The link that a secret of digest `sha256` opens, or nil where there is none, or it has ended at `now`.
  public func link(openedBy sha256: SHA256Digest, at now: Date) throws(StorageError) -> LinkRecord? {
    try read { connection in
      let secret: Parameters = ["sha256": sha256.description, "now": now.milliseconds]
      return try connection.first(LinkStatement.find, secret).map(LinkRecord.init)
    }
  }

  /// Takes a link to `file` away; nothing happens where there is no such link.
  public func revoke(_ link: LinkID, to file: FileID) throws(StorageError) {
    try write { connection in
      let one: Parameters = ["link": link.description, "file": file.description]
      _ = try connection.run(LinkStatement.revoke, one)
    }
  }
}
