public import Core
public import Database
public import Foundation

/// Links by which people without a token download a file until the link expires or is revoked.
public struct LinkCatalog: Sendable {
  /// The response to the creation of a link.
  ///
  /// It is the only response with the link's URL.
  public struct Made: Sendable, Encodable {
    /// The identifier of the link.
    public let id: String
    /// The URL of the link.
    ///
    /// Stowage stores only a digest of the secret in the URL, so the URL cannot be shown again.
    public let url: String
    /// The time at which the link expires.
    public let expiresAt: Date
  }

  /// A link in a list, without its URL.
  public struct Listed: Sendable, Encodable {
    /// The identifier of the link.
    public let id: String
    /// `attachment` or `inline`.
    public let disposition: String
    /// The time of creation.
    public let createdAt: Date
    /// The time at which the link expires.
    public let expiresAt: Date
  }

  /// The links of a file.
  public struct List: Sendable, Encodable {
    /// The links that have not expired, oldest first.
    public let links: [Listed]
  }

  private let database: FileDatabase
  private let baseURL: String

  /// Creates links whose URLs begin with `baseURL`.
  public init(database: FileDatabase, baseURL: String) {
    self.database = database
    self.baseURL = baseURL
  }

  /// Creates a link to the user's file.
  ///
  /// Throws `notFound` for unknown files and for files of other users, `wrongState` if the file is not ready,
  /// `invalidRequest` if the link is inline and a browser must not open files of this type, and `tooManyLinks` at
  /// `LinkTerms.maximumCount`.
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

  /// Returns the links of the user's file that have not expired.
  ///
  /// Throws `notFound` for unknown files and for files of other users.
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

  /// Revokes a link to the user's file, even if the link has expired.
  ///
  /// Throws `notFound` for unknown files and for files of other users.
  public func revoke(_ link: LinkID, to id: FileID, of user: UserID) throws(StorageError) {
    _ = try owned(id, by: user)
    try database.revoke(link, to: id)
  }

  private func owned(_ id: FileID, by user: UserID) throws(StorageError) -> FileRecord {
    guard let file = try database.file(id), file.user == user else { throw .notFound }
    return file
  }
}
