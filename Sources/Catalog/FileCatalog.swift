public import Core
public import Database
import Foundation

/// What users see of their files.
public struct FileCatalog: Sendable {
  private let database: FileDatabase
  private let imagesURL: String

  /// Lists files whose images live under `imagesURL`.
  public init(database: FileDatabase, imagesURL: String) {
    self.database = database
    self.imagesURL = imagesURL
  }

  /// The record of the user's file; throws `notFound` for unknown and foreign files alike.
  public func file(_ id: FileID, of user: UserID) throws(StorageError) -> FileDescription {
    guard let record = try database.file(id), record.user == user else { throw .notFound }
    return FileDescription(record, imagesURL: imagesURL)
  }
}
