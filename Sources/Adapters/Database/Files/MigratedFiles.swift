public import Core
public import Foundation

/// A file that a migration is about to store in the bucket.
public struct NewMigratedFile: Hashable, Sendable {
  /// The identifier of the file.
  public let id: FileID
  /// The owner of the file.
  public let user: UserID
  /// The name of the file, exactly as it was before the migration.
  public let filename: String
  /// The supposed media type; the checks find the real one.
  public let contentType: String
  /// The length, in bytes; 0 is permitted.
  public let size: Int64
  /// The key in the raw bucket, which begins with the owner's written form and a slash.
  public let rawKey: String
  /// The group of users who may view the images of the file.
  public let visibility: Visibility
  /// The time that the owner sees as the time of the upload.
  public let createdAt: Date
  /// The identifier of the migration run.
  public let migration: String
  /// The file that this changed file replaces, or nil.
  public let predecessor: FileID?
  /// The path before the migration.
  public let formerPath: FormerPath
  /// True if the file is accepted even if it is too large for the scanner.
  public let acceptsUnscanned: Bool

  /// Creates a migrated file from these facts; without a former path, the raw key stands for it.
  public init(
    id: FileID,
    user: UserID,
    filename: String,
    contentType: String,
    size: Int64,
    rawKey: String,
    visibility: Visibility = .private,
    createdAt: Date,
    migration: String,
    predecessor: FileID? = nil,
    formerPath: FormerPath? = nil,
    acceptsUnscanned: Bool = false
  ) {
    self.id = id
    self.user = user
    self.filename = filename
    self.contentType = contentType
    self.size = size
    self.rawKey = rawKey
    self.visibility = visibility
    self.createdAt = createdAt
    self.migration = migration
    self.predecessor = predecessor
    self.formerPath = formerPath ?? FormerPath(rawKey: rawKey)
    self.acceptsUnscanned = acceptsUnscanned
  }
}

/// The outcome of one file in a batch of a migration.
public enum MigratedFileOutcome: Hashable, Sendable {
  /// The file is in the wanted state, now or since an earlier call.
  case done
  /// Nothing changed: the file already is in this later or final state.
  case passed(FileState)
  /// Nothing changed: another file has the identifier, or the key, or a key of the same folder.
  case taken(by: FileID)
  /// Nothing changed: the owner has no record.
  case unknownUser
  /// Nothing changed: an earlier content of the same path was deleted in Stowage, and stays deleted.
  case deletedBefore(FileID)
  /// Nothing changed: the owner is being erased.
  case erasing
  /// Nothing changed: the key does not begin with the owner's written form and a slash.
  case foreignKey
  /// Nothing changed: there is no such migrated file.
  case unknownFile
  /// Nothing changed: the file was received with another digest or version.
  case contradicted
}

/// The steps of a migration: each call is one transaction for all its files, and repeating it changes nothing.
///
/// The outcomes have the order of the files. A file with another outcome than `done` does not affect the other files.
extension FileDatabase {
  /// New → pending: reserves the files' sizes, even beyond the quotas of their owners, and stores their records.
  ///
  /// The records do not expire, and no sweep touches them. With `makesUsers`, owners without a record get the defaults
  /// of this database.
  public func beginMigratedFiles(
    _ files: [NewMigratedFile],
    makesUsers: Bool = false,
    at now: Date
  ) throws(StorageError) -> [MigratedFileOutcome] {
    try write { [newUsers] connection in
      try files.map { file in
        var outcome = try connection.begin(file, at: now)
        if makesUsers, outcome == .unknownUser {
          _ = try connection.makeUser(file.user, plan: newUsers.plan, quotaBytes: newUsers.quotaBytes, at: now)
          outcome = try connection.begin(file, at: now)
        }
        return outcome
      }
    }
  }

  /// Pending → received: records the digest and the version that the migration stored, and adds the jobs.
  ///
  /// Workers check exactly this version and compare it with this digest.
  public func receiveMigratedFiles(
    _ files: [MigratedObject],
    processing: MigratedProcessing,
    at now: Date
  ) throws(StorageError) -> [MigratedFileOutcome] {
    try write { connection in
      try files.map { file in try connection.receive(file, processing, at: now) }
    }
  }

  /// Pending → aborted: the migration gives the files up; releases their reservations.
  ///
  /// Objects in the bucket stay: the migration alone knows if they are its work.
  public func abandonMigratedFiles(_ files: [FileID], at now: Date) throws(StorageError) -> [MigratedFileOutcome] {
    try write { connection in
      try files.map { file in
        if try connection.transition(file, MigratedStatement.abandon, [:], settling: .release) { return .done }
        guard let record = try connection.file(file), record.isMigrated else { return .unknownFile }
        return record.state == .aborted ? .done : .passed(record.state)
      }
    }
  }
}

/// The object that a migration stored for a file.
public struct MigratedObject: Hashable, Sendable {
  /// The identifier of the file.
  public let file: FileID
  /// The digest of the bytes that the migration read and sent.
  public let sha256: SHA256Digest
  /// The length of the bytes that the migration read and sent.
  public let size: Int64
  /// The version of the object, or nil on a store without versions.
  public let versionID: String?

  /// Creates the description of a stored object.
  public init(file: FileID, sha256: SHA256Digest, size: Int64, versionID: String?) {
    self.file = file
    self.sha256 = sha256
    self.size = size
    self.versionID = versionID
  }
}

/// The time at which workers check a migrated file.
public enum MigratedProcessing: Hashable, Sendable {
  /// As soon as no upload and no other job waits.
  case now
  /// Like `now`, but not before this time.
  case later(Date)
  /// When somebody queues a job for the file, or asks for one of its images.
  case never
}

extension Connection {
  fileprivate func begin(_ file: NewMigratedFile, at now: Date) throws -> MigratedFileOutcome {
    guard file.rawKey.utf8.starts(with: "\(file.user.written)/".utf8), file.size >= 0 else { return .foreignKey }
    if let known = try self.file(file.id) {
      // Swift compares texts by their characters, and keys that differ by Unicode normalization are two keys.
      guard known.rawKey.utf8.elementsEqual(file.rawKey.utf8), known.user == file.user, known.isMigrated else {
        return .taken(by: file.id)
      }
      return known.state == .pending ? .done : .passed(known.state)
    }
    if let holder = try holder(of: file.rawKey) { return .taken(by: holder.file) }
    if let other = try owner(ofFolderOf: file.rawKey) { return .taken(by: other) }
    let predecessor = try predecessor(of: file)
    if let predecessor, case .deleted(let earlier) = try lineage(from: predecessor, of: file.user) {
      return .deletedBefore(earlier)
    }
    guard let row = try first(UserStatement.find, ["user": file.user.description]) else { return .unknownUser }
    guard try UserRecord(row).erasingSince == nil else { return .erasing }
    try run(MigratedStatement.reserve, ["user": file.user.description, "size": file.size])
    let facts: Parameters = [
      "file": file.id.description, "user": file.user.description, "filename": file.filename,
      "search_name": FileName.folded(file.filename), "content_type": file.contentType, "size": file.size,
      "visibility": file.visibility.rawValue, "raw_key": file.rawKey, "created": file.createdAt.milliseconds,
    ]
    try run(
      MigratedStatement.create,
      facts.merging([
        "now": now.milliseconds, "migration": file.migration, "successor_of": predecessor?.description,
        "former_path": file.formerPath.hash, "accepts_unscanned": file.acceptsUnscanned ? 1 : 0,
      ]) { given, _ in given }
    )
    return .done
  }

  /// Returns the file in whose folder `key` is, if the folder is named like the folder of an upload; nil otherwise.
  ///
  /// A worker writes and deletes under the keys of an upload, so no migrated file can have one of them. New files get
  /// random identifiers, which no folder of an old tree has.
  private func owner(ofFolderOf key: String) throws -> FileID? {
    let parts = key.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let id = FileID(String(Substring(parts[1]))), let owner = try file(id)?.user,
      owner.written.utf8.elementsEqual(parts[0])
    else { return nil }
    return id
  }

  fileprivate func receive(
    _ object: MigratedObject,
    _ processing: MigratedProcessing,
    at now: Date
  ) throws -> MigratedFileOutcome {
    let facts: Parameters = [
      "sha256": object.sha256.description, "size": object.size, "version": object.versionID, "now": now.milliseconds,
    ]
    // The file may have grown or shrunk between the walk and the upload.
    guard try transition(object.file, MigratedStatement.receive, facts, settling: .shrink(to: object.size)) else {
      guard let record = try file(object.file), record.isMigrated else { return .unknownFile }
      guard [.received, .ready, .quarantined].contains(record.state) else { return .passed(record.state) }
      let isSame = record.claimedSHA256 == object.sha256 && record.versionID == object.versionID
      return isSame ? .done : .contradicted
    }
    switch processing {
    case .now: try enqueue(.process, of: object.file, at: now)
    case .later(let due): try enqueue(.process, of: object.file, due: due.milliseconds, at: now)
    case .never: break
    }
    return .done
  }
}
