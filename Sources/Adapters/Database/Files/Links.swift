public import Core
public import Foundation

/// A link that gives access to a file without a token.
public struct LinkRecord: Hashable, Sendable {
  /// The identifier of the link.
  public let id: LinkID
  /// The identifier of the file.
  public let file: FileID
  /// The way in which a browser handles the file.
  public let disposition: ContentDisposition.Kind
  /// The time at which the link was created.
  public let createdAt: Date
  /// The time at which the link expires.
  public let expiresAt: Date

  /// Creates the record of a link with a new identifier; the link starts at `now`.
  public init(to file: FileID, _ terms: LinkTerms, at now: Date) {
    id = LinkID(at: now)
    self.file = file
    disposition = terms.disposition
    createdAt = now
    expiresAt = now + TimeInterval(terms.seconds)
  }

  init(_ row: any Row) throws {
    id = try row.value("id") { LinkID($0) }
    file = try row.value("file_id") { FileID($0) }
    disposition = try row.value("disposition") { ContentDisposition.Kind(rawValue: $0) }
    createdAt = try row.date("created_at")
    expiresAt = try row.date("expires_at")
  }
}

/// The outcome of the creation of a link.
public enum LinkMaking: Hashable, Sendable {
  /// The link is stored.
  case made
  /// Nothing was stored: the user has no such file that is ready.
  case notReady
  /// Nothing was stored: the file already has the maximum number of links.
  case tooMany(limit: Int)
}

extension FileDatabase {
  /// Stores a link to the user's ready file and deletes expired links to the file.
  ///
  /// `sha256` is the digest of the link's secret.
  public func make(
    _ link: LinkRecord,
    openedBy sha256: SHA256Digest,
    for user: UserID,
    maximum: Int = LinkTerms.maximumCount
  ) throws(StorageError) -> LinkMaking {
    try write { connection in
      let file: Parameters = ["file": link.file.description]
      let owner = file.merging(["user": user.description]) { $1 }
      // The row of the file is now locked, so no other transaction can add a link before the commit.
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

  /// Returns the links to the file that are valid at `now`, oldest first.
  public func links(to file: FileID, at now: Date) throws(StorageError) -> [LinkRecord] {
    try read { connection in
      let live: Parameters = ["file": file.description, "now": now.milliseconds]
      return try connection.run(LinkStatement.live, live).map(LinkRecord.init)
    }
  }

  /// Returns the link whose secret has the digest `sha256`; nil if there is none or it has expired at `now`.
  public func link(openedBy sha256: SHA256Digest, at now: Date) throws(StorageError) -> LinkRecord? {
    try read { connection in
      let secret: Parameters = ["sha256": sha256.description, "now": now.milliseconds]
      return try connection.first(LinkStatement.find, secret).map(LinkRecord.init)
    }
  }

  /// Deletes a link to `file`; does nothing if the file has no such link.
  public func revoke(_ link: LinkID, to file: FileID) throws(StorageError) {
    try write { connection in
      let one: Parameters = ["link": link.description, "file": file.description]
      _ = try connection.run(LinkStatement.revoke, one)
    }
  }
}
