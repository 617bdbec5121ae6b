public import Core
public import Database
public import Foundation

/// The records and lists of a user's files.
public struct FileCatalog: Sendable {
  /// A page of files.
  public struct Page: Sendable, Encodable {
    /// The files of this page, in the order of the list.
    public let files: [FileDescription]
    /// The cursor of the next page; nil on the last page.
    public let next: String?
  }

  /// The allowed number of files per page.
  public static let pageRange = 1...1000

  private let database: FileDatabase
  private let imagesURL: String
  private let retention: RetentionRule

  /// Describes files whose image URLs begin with `imagesURL`, and that `retention` deletes by age.
  public init(database: FileDatabase, imagesURL: String, retention: RetentionRule) {
    self.database = database
    self.imagesURL = imagesURL
    self.retention = retention
  }

  /// Returns the description of any user's file, with its owner.
  public func description(of file: FileRecord) -> FileDescription {
    FileDescription(file, imagesURL: imagesURL, retention: retention, showsOwner: true)
  }

  /// Returns the record of the user's file; throws `notFound` for unknown files and for files of other users.
  public func file(_ id: FileID, of user: UserID) throws(StorageError) -> FileDescription {
    FileDescription(try owned(id, by: user), imagesURL: imagesURL, retention: retention)
  }

  /// Returns up to `limit` files of the user that match `filter` and stand behind `last` in `order`.
  ///
  /// If few files match, a page can be short or empty although `next` is set. `FileDatabase.files` tells how many files
  /// an order covers.
  public func files(
    of user: UserID,
    _ filter: FileFilter,
    in order: FileOrder = .newest,
    after last: FileID?,
    limit: Int
  ) throws(StorageError) -> Page {
    let page = try database.files(of: user, filter, in: order, after: last, limit: limit)
    return Page(
      files: page.files.map { FileDescription($0, imagesURL: imagesURL, retention: retention) },
      next: page.next?.description
    )
  }

  /// Returns a page of `records`, in which each description names its owner.
  public func page(of records: FilePage) -> Page {
    Page(files: records.files.map(description(of:)), next: records.next?.description)
  }

  /// Changes the name or visibility of the user's file if `isExpected` accepts the current record; returns the new
  /// record.
  ///
  /// Throws `notFound` for unknown files and for files of other users, `recordChanged` if `isExpected` returns
  /// false, `wrongState` if the file's state allows no changes, and `invalidRequest` if the new name has the extension
  /// of another type.
  public func change(
    _ id: FileID,
    of user: UserID,
    to change: FileChange,
    if isExpected: (FileDescription) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) -> FileDescription {
    // Another request can change the file between the read and the update. The loop then reads the file again.
    for _ in 0..<5 {
      let file = try owned(id, by: user)
      guard isExpected(FileDescription(file, imagesURL: imagesURL, retention: retention)) else { throw .recordChanged }
      guard file.state.isChangeable else {
        throw .wrongState(detail: "It is \(file.state.rawValue); pending, received and ready files can be changed.")
      }
      try change.check(against: file.filename, of: file.type)
      if try database.change(file, to: change, at: now) { return try self.file(id, of: user) }
    }
    throw .unavailable(detail: "file \(id): other requests keep changing it")
  }

  private func owned(_ id: FileID, by user: UserID) throws(StorageError) -> FileRecord {
    guard let file = try database.file(id), file.user == user else { throw .notFound }
    return file
  }
}
