internal import Core
internal import Database

/// One step of a source.
enum RestoreStep: Sendable {
  /// A file to restore.
  case restore(RestoreItem)
  /// A file that was deleted in Stowage; it stays deleted.
  case deleted
  /// A file that cannot be restored.
  case failed(path: [UInt8], RestoreFailure)
}

/// Yields the files of a restore, in batches of bounded size.
protocol RestoreSource: Sendable {
  /// Returns the next steps, possibly none; nil at the end.
  mutating func next() throws(MigrationError) -> [RestoreStep]?
}

/// The files of a ledger, in the order of their paths.
struct LedgerSource: RestoreSource {
  private static let batch = 256

  let ledger: MigrationLedger
  let database: FileDatabase
  private var last: [UInt8] = []

  init(_ ledger: MigrationLedger, _ database: FileDatabase) {
    self.ledger = ledger
    self.database = database
  }

  mutating func next() throws(MigrationError) -> [RestoreStep]? {
    let after = last
    let rows = try MigrationError.recording { () throws(LedgerError) in
      try ledger.rows(afterPath: after, limit: Self.batch)
    }
    guard let end = rows.last else { return nil }
    last = end.path
    var steps: [RestoreStep] = []
    for row in rows {
      if let step = try step(row) { steps.append(step) }
    }
    return steps
  }

  /// Returns the step of a row; nil for a file that vanished from the disk before it was sent.
  private func step(_ row: LedgerRow) throws(MigrationError) -> RestoreStep? {
    let record = try record(row.file)
    if let record, record.state.isDeletion { return .deleted }
    if row.state.isDelivered, let file = row.file, let key = row.key, let proof = row.proof {
      // The rows of an erased user are gone.
      guard let record else { return .deleted }
      guard record.claimedSHA256 == nil || record.claimedSHA256 == proof.digest else {
        return .failed(path: row.path, .contradicted)
      }
      return .restore(RestoreItem(row, file, key: key, proof))
    }
    // The newest content never arrived; the one before it did.
    if let previous = try self.record(row.previous), previous.state.isKept,
      let item = RestoreItem(previous, at: row.path)
    {
      return .restore(item)
    }
    if row.state == .vanished { return nil }
    return .failed(path: row.path, .notInBucket(reason: row.error ?? "its state is \(row.state.rawValue)"))
  }

  private func record(_ file: FileID?) throws(MigrationError) -> FileRecord? {
    guard let file else { return nil }
    return try MigrationError.storing { () throws(StorageError) in try database.file(file) }
  }
}

/// The files of the database, the newest first: uploads, and without a ledger the migrated files too.
struct RecordSource: RestoreSource {
  private static let batch = 256

  let database: FileDatabase
  let hasUploads: Bool
  let hasMigrated: Bool
  private var last: FileID?
  private var isAtEnd = false
  /// The files that a newer content of the same path replaces.
  private var superseded: Set<FileID> = []

  init(_ database: FileDatabase, hasUploads: Bool, hasMigrated: Bool) {
    self.database = database
    self.hasUploads = hasUploads
    self.hasMigrated = hasMigrated
  }

  mutating func next() throws(MigrationError) -> [RestoreStep]? {
    guard !isAtEnd, hasUploads || hasMigrated else { return nil }
    let after = last
    let page = try MigrationError.storing { () throws(StorageError) in
      let filter = try FileFilter(states: hasMigrated ? "received,ready,quarantined" : "ready")
      return try database.filesOfAll(filter, after: after, limit: Self.batch)
    }
    last = page.next
    isAtEnd = page.next == nil
    return page.files.compactMap { step($0) }
  }

  private mutating func step(_ record: FileRecord) -> RestoreStep? {
    guard record.isMigrated else {
      guard hasUploads, record.state == .ready, let item = RestoreItem(record, at: RestorePath.upload(record)) else {
        return nil
      }
      return .restore(item)
    }
    guard hasMigrated else { return nil }
    if let predecessor = record.predecessor { superseded.insert(predecessor) }
    guard superseded.remove(record.id) == nil, let item = RestoreItem(record, at: RestorePath.migrated(record)) else {
      return nil
    }
    return .restore(item)
  }
}

/// The paths of files that no ledger tells.
enum RestorePath {
  /// The path of an upload: `{userId}/{fileId}/{filename}`.
  ///
  /// The identifier of the file keeps uploads of one name apart from one another and from the files of the old tree.
  static func upload(_ record: FileRecord) -> [UInt8] {
    Array("\(folder(record.user))/\(record.id)/\(record.filename)".utf8)
  }

  /// The path that the key of a migrated file carries; nil if the key is opaque.
  static func migrated(_ record: FileRecord) -> [UInt8]? {
    let user = record.user
    guard !record.rawKey.utf8.elementsEqual(MigrationKey.opaque(user, record.id).utf8) else { return nil }
    return Array(folder(user).utf8) + record.rawKey.utf8.dropFirst(user.written.utf8.count)
  }

  /// Returns the path in the metadata of an object; nil if there is none, or if it is malformed.
  static func metadata(_ fields: [String: String]) -> [UInt8]? {
    guard let text = fields["path"] else { return nil }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Returns the names of the folders and of the file, at least one; throws if the path could lead out of its root.
  static func names(_ path: [UInt8]) throws(RestoreFailure) -> [[CChar]] {
    let names = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { name in
      name.map { CChar(bitPattern: $0) } + [0]
    }
    guard names.allSatisfy(TreeReader.isPlain) else { throw .unsafePath }
    return names
  }

  /// Returns the name of a user's folder: the identifier, with U+2215 for `/`.
  ///
  /// Identifiers are ASCII, so no two users share a folder.
  private static func folder(_ user: UserID) -> String { user.description.replacing("/", with: "\u{2215}") }
}

extension FileState {
  /// True for the states after a deletion.
  fileprivate var isDeletion: Bool { [.deleted, .purging, .purged].contains(self) }
  /// True if the bucket keeps the bytes of a migrated file in this state.
  fileprivate var isKept: Bool { [.received, .ready, .quarantined].contains(self) }
}
