public import Core
public import Database
public import Foundation

/// Links by which people without a token get a file, for as long as its owner likes.
public struct LinkCatalog: Sendable {
  /// A link as it is shown once, when it is made.
  public struct Made: Sendable, Encodable {
    /// Its identifier.
    public let id: String
    /// What opens it; nobody can tell it again.
    public let url: String
    /// When it ends.
    public let expiresAt: Date
  }

  /// A link as it is listed.
  public struct Listed: Sendable, Encodable {
    /// Its identifier.
    public let id: String
    /// `attachment` or `inline`.
    public let disposition: String
    /// When it was made.
    public let createdAt: Date
    /// When it ends.
    public let expiresAt: Date
  }

  /// A file's links.
  public struct List: Sendable, Encodable {
    /// Those that have not ended, the oldest first.
    public let links: [Listed]
  }

  private let database: FileDatabase
  private let baseURL: String

  /// Links whose URLs begin with `baseURL`.
  public init(database: FileDatabase, baseURL: String) {
    self.database = database
    self.baseURL = baseURL
  }

  /// A new link to the user's file.
  ///
  /// Throws `notFound` for unknown and foreign files, `wrongState` for one that is not ready, `invalidRequest` where it shall
  /// be shown and is not to be, `tooManyLinks` at `LinkTerms.maximumCount`.
  public func make(
    _ terms: LinkTerms,
    to id: FileID,
    of user: UserID,
    at now: Date
  ) throws(StorageError) -> Made {
    let file = try owned(id, by: user)
    guard file.state == .ready else {
      throw .wrongState(detail: "It is \(file.state.rawValue); only ready files have links.")
    }
    try terms.disposition.check(for: file.type)
    let secret = LinkSecret()
    let link = LinkRecord(to: id, terms, at: now)
    switch try database.make(link, openedBy: secret.digest, for: user) {
    case .made: break
    case .notReady: throw .wrongState(detail: "It is no longer ready; only ready files have links.")
    case .tooMany(let limit): throw .tooManyLinks(limit: limit)
    }
    return Made(
      id: link.id.description,
      url: "\(baseURL)/v1/links/\(secret.revealed)",
      expiresAt: link.expiresAt
    )
  }

  /// The live links to the user's file; throws `notFound` for unknown and foreign files.
  public func links(to id: FileID, of user: UserID, at now: Date) throws(StorageError) -> List {
    _ = try owned(id, by: user)
    return List(
      links: try database.links(to: id, at: now).map { link in
        Listed(
          id: link.id.description,
          disposition: link.disposition.rawValue,
          createdAt: link.createdAt,
          expiresAt: link.expiresAt
        )
      }
    )
  }

  /// Ends a link to the user's file, also one that has ended; throws `notFound` for unknown and foreign files.
  public func revoke(_ link: LinkID, to id: FileID, of user: UserID) throws(StorageError) {
    _ = try owned(id, by: user)
    try database.revoke(link, to: id)
  }

  private func owned(_ id: FileID, by user: UserID) throws(StorageError) -> FileRecord {
    guard let file = try database.file(id), file.user == user else { throw .notFound }
    return file
  }
}
