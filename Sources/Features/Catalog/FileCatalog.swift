public import Core
public import Database
public import Foundation

/// What users see of their files.
public struct FileCatalog: Sendable {
  /// Some files, newest first.
  public struct Page: Sendable, Encodable {
    /// The files.
    public let files: [FileDescription]
    /// What the next page begins behind; nil on the last.
    public let next: String?
  }

  /// How many files a page may have.
  public static let pageRange = 1...1000

  private let database: FileDatabase
  private let imagesURL: String

  /// Lists files whose images live under `imagesURL`.
  public init(database: FileDatabase, imagesURL: String) {
    self.database = database
    self.imagesURL = imagesURL
  }

  /// The record of the user's file; throws `notFound` for unknown and foreign files alike.
  public func file(_ id: FileID, of user: UserID) throws(StorageError) -> FileDescription {
    FileDescription(try owned(id, by: user), imagesURL: imagesURL)
  }

  /// Up to `limit` of the user's files that `filter` lets through, newest first, older than `last`.
  ///
  /// A page may be short, or empty, and still have a next one, where hardly any file passes the filter.
  public func files(
    of user: UserID,
    _ filter: FileFilter,
    after last: FileID?,
    limit: Int
  ) throws(StorageError) -> Page {
    let page = try database.files(of: user, filter, after: last, limit: limit)
    return Page(
      files: page.files.map { FileDescription($0, imagesURL: imagesURL) },
      next: page.next?.description
    )
  }

  /// Gives the user's file another name or visibility, if its record `isExpected`, and returns the record as it is then.
  ///
  /// Throws `notFound` for unknown and foreign files, `preconditionFailed` where it is not expected, `wrongState` for one that
  /// is over, `invalidRequest` for a name that another type's files have.
  public func change(
    _ id: FileID,
    of user: UserID,
    to change: FileChange,
    if isExpected: (FileDescription) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) -> FileDescription {
    // Somebody else may change it between the look and the change: then it is looked at again.
    for _ in 0..<5 {
      let file = try owned(id, by: user)
      guard isExpected(FileDescription(file, imagesURL: imagesURL)) else { throw .preconditionFailed }
      guard file.state.isChangeable else {
        throw .wrongState(detail: "It is \(file.state.rawValue); pending, received and ready files can be changed.")
      }
      try change.check(against: file.filename, of: file.type)
      if try database.change(file, to: change, at: now) { return try self.file(id, of: user) }
    }
    throw .unavailable(detail: "file \(id): it is changed all the time")
  }

  private func owned(_ id: FileID, by user: UserID) throws(StorageError) -> FileRecord {
    guard let file = try database.file(id), file.user == user else { throw .notFound }
    return file
  }
}
