public import Core
public import Database

/// Finds the files behind the URLs that migrated files had in the application: `/uploads/{user}/{path}`.
public struct OldURLs: Sendable {
  /// The source of the response to a request.
  public enum Answer: Sendable {
    /// The bucket: a ready file of the user who asks.
    case stored(FileRecord)
    /// The image without metadata that everybody who may view the images of the file gets.
    case image(Variant, Visibility)
    /// The disk: a file of the user who asks.
    case disk(DiskFile)
  }

  private let database: FileDatabase
  private let folder: String?

  /// Finds files in `database`, and in `folder` what the bucket does not have yet.
  public init(database: FileDatabase, folder: String?) {
    self.database = database
    self.folder = folder
  }

  /// Returns the source of the file at `path`, the bytes of the URL's path below `/uploads/`, for `user`.
  ///
  /// The owner of a file follows from its path, as in a migration by default. The owner gets files that are ready from
  /// the bucket, and from the disk those that no check has refused and nobody has deleted. Other users get the images of
  /// public files, and on a premium plan those of premium files. Everybody else gets the same error as for a file that
  /// does not exist: `notFound`, or `unauthenticated` if `user` is nil.
  public func find(_ path: [UInt8], for user: UserID?) throws(StorageError) -> Answer {
    let refusal = user == nil ? StorageError.unauthenticated(reason: "nobody is logged in") : .notFound
    guard case .user(let owner, let below) = OwnerRule.firstFolder.owner(of: path) else { throw refusal }
    let file = try database.file(formerPath: FormerPath(user: owner, path: below))
    if let file, file.state == .ready {
      if owner == user { return .stored(file) }
      if try mayView(file, user), let image = file.variants.first(where: { $0.name == .original }) {
        return .image(image, file.visibility)
      }
    }
    guard owner == user, let folder, file.map(\.state).map(Self.isOnDisk) ?? true else { throw refusal }
    return .disk(try DiskFile(path, in: folder))
  }

  /// Returns true if the visibility of the file lets `user`, who is not the owner, view its images.
  private func mayView(_ file: FileRecord, _ user: UserID?) throws(StorageError) -> Bool {
    switch file.visibility {
    case .public: true
    case .private: false
    case .premium: if let user { try database.user(user)?.plan == .premium } else { false }
    }
  }

  /// Returns true if the disk may answer for a file in this state: the bucket does not have it yet, or it is not checked.
  private static func isOnDisk(_ state: FileState) -> Bool {
    switch state {
    case .pending, .received, .expired, .aborted: true
    case .ready, .rejected, .quarantined, .deleted, .purging, .purged: false
    }
  }
}
