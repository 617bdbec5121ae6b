public import Core
public import Database
public import Foundation
public import Storage

/// Takes users' files away, and gives them back.
public struct FileRemoval: Sendable {
  /// How many files may be named in one request.
  public static let batchRange = 1...100

  private let database: FileDatabase
  private let store: any ObjectStore
  private let bucket: String
  private let imagesURL: String

  /// Files whose bytes are in the raw `bucket`, and whose images live under `imagesURL`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String, imagesURL: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
    self.imagesURL = imagesURL
  }

  /// Deletes the user's file, or with `permanently` has every version of it removed, if its record `isExpected`; again where
  /// that was done before.
  ///
  /// Throws `notFound` for unknown and foreign files alike, `preconditionFailed` where it is not expected. Its images are
  /// then to be purged from the caches.
  public func delete(
    _ file: FileID,
    of user: UserID,
    permanently: Bool,
    if isExpected: @escaping @Sendable (FileDescription) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) {
    let deletion = try database.delete(
      file,
      of: user,
      permanently: permanently,
      if: { [imagesURL] record in isExpected(FileDescription(record, imagesURL: imagesURL)) },
      at: now
    )
    guard let deletion else { throw .preconditionFailed }
    guard deletion != .notFound else { throw .notFound }
  }

  /// As `delete`, for many files at once; an answer for each, in their order.
  public func delete(
    all files: [FileID],
    of user: UserID,
    permanently: Bool,
    at now: Date
  ) throws(StorageError) -> [Deletion] {
    try database.delete(files, of: user, permanently: permanently, at: now)
  }

  /// Makes the user's deleted file ready again, if its record `isExpected`; one that is not deleted stays as it is.
  ///
  /// Its images are rendered again by a worker, or when somebody asks for one. Throws `notFound` for unknown and foreign
  /// files, `preconditionFailed` where it is not expected, and `gone` where its time is over, its pinned version is no
  /// longer there, or it was never ready.
  public func restore(
    _ id: FileID,
    of user: UserID,
    if isExpected: @escaping @Sendable (FileDescription) -> Bool = { _ in true },
    at now: Date
  ) throws(StorageError) {
    let cutoff = Retention.cutoff(at: now)
    let isRecordExpected = { @Sendable [imagesURL] (record: FileRecord) in
      isExpected(FileDescription(record, imagesURL: imagesURL))
    }
    // Its owner may restore and delete it again meanwhile, elsewhere: then it is looked at once more.
    for _ in 0..<3 {
      guard let file = try database.file(id), file.user == user else { throw .notFound }
      guard isRecordExpected(file) else { throw .preconditionFailed }
      switch file.state {
      case .pending, .received, .ready, .rejected: return
      case .expired, .aborted, .purging, .purged: throw .gone
      case .deleted: break
      }
      guard file.readyAt != nil, let deletedAt = file.deletedAt, deletedAt > cutoff, try hasBytes(file) else {
        throw .gone
      }
      let isRestored = try database.restore(
        id,
        of: user,
        variants: file.variants,
        deletedAfter: cutoff,
        if: isRecordExpected,
        at: now
      )
      if isRestored { return }
    }
    throw .unavailable(detail: "file \(id): it is deleted and restored all the time")
  }

  /// Whether what was judged is still there.
  private func hasBytes(_ file: FileRecord) throws(StorageError) -> Bool {
    guard let key = file.judgedKey else { return false }
    let version = file.versionID.map { VersionID($0) }
    return try store.ifPresent(in: bucket) { () throws(StoreError) in
      try store.head(key, in: bucket, version: version)
    } != nil
  }
}
