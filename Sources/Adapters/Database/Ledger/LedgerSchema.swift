internal import GRDB

/// The tables of a ledger, one list of statements for each schema version.
enum LedgerSchema {
  static let versions: [[String]] = [
    [
      identity, runs, files, filesByState, filesMissing, totals, someTotals, added, moved, replaced, replacedUnsettled,
      findings, findingsByPath, users, uploads, parts,
    ],
    [filesRemoved], [lost, filesLost], [choices],
  ]

  /// The tree and the bucket that the ledger belongs to.
  private static let identity = """
    CREATE TABLE identity (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      tree BLOB NOT NULL,
      device INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      endpoint TEXT NOT NULL,
      bucket TEXT NOT NULL
    )
    """

  private static let runs = """
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      options TEXT NOT NULL,
      version TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      ended_at INTEGER,
      outcome TEXT
    )
    """

  /// The files of the tree: one row for each path.
  ///
  /// `mtime` is in nanoseconds. `folded` is a hash of the path without case and composition. `missing_since` is the run
  /// whose walk no longer found a file that the bucket has. `etag` is the entity tag of proven bytes, `verified_at` the time of
  /// the last proof, and `removed_at` the time of the removal from the disk.
  private static let files = """
    CREATE TABLE files (
      id INTEGER PRIMARY KEY,
      path BLOB NOT NULL UNIQUE,
      folded INTEGER NOT NULL,
      size INTEGER NOT NULL,
      mtime INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      mode INTEGER NOT NULL,
      uid INTEGER NOT NULL,
      gid INTEGER NOT NULL,
      state TEXT NOT NULL,
      file_id TEXT UNIQUE,
      user_id TEXT,
      key TEXT UNIQUE,
      previous_file_id TEXT,
      version TEXT,
      digest TEXT,
      part_size INTEGER,
      part_digests BLOB,
      etag TEXT,
      verified_at INTEGER,
      removed_at INTEGER,
      error TEXT,
      attempts INTEGER NOT NULL DEFAULT 0,
      run INTEGER NOT NULL,
      missing_since INTEGER
    )
    """

  private static let filesByState = "CREATE INDEX files_by_state ON files (state, id)"

  private static let filesMissing = "CREATE INDEX files_missing ON files (id) WHERE missing_since IS NOT NULL"

  private static let filesRemoved = "CREATE INDEX files_removed ON files (path) WHERE removed_at IS NOT NULL"

  /// `lost` is the digest of an object that the bucket no longer has with these bytes; the next run sends the file again.
  private static let lost = "ALTER TABLE files ADD COLUMN lost TEXT"

  private static let filesLost = "CREATE INDEX files_lost ON files (id) WHERE lost IS NOT NULL"

  /// The choices of the last run that later runs compare with theirs.
  private static let choices = "CREATE TABLE choices (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"

  /// The number and the bytes of the files in each state, which triggers keep.
  private static let totals = """
    CREATE TABLE totals (
      state TEXT PRIMARY KEY,
      files INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID
    """

  private static let someTotals =
    "INSERT INTO totals (state) VALUES " + LedgerState.allCases.map { "('\($0.rawValue)')" }.joined(separator: ", ")

  private static let added = """
    CREATE TRIGGER files_added AFTER INSERT ON files BEGIN
      UPDATE totals SET files = files + 1, bytes = bytes + NEW.size WHERE state = NEW.state;
    END
    """

  private static let moved = """
    CREATE TRIGGER files_moved AFTER UPDATE OF state, size ON files BEGIN
      UPDATE totals SET files = files - 1, bytes = bytes - OLD.size WHERE state = OLD.state;
      UPDATE totals SET files = files + 1, bytes = bytes + NEW.size WHERE state = NEW.state;
    END
    """

  /// The contents that a newer content of the same path replaced, and those that vanished before they arrived.
  ///
  /// `state` is that of the content; it becomes `received` or `vanished` as soon as the database knows the end of it.
  private static let replaced = """
    CREATE TABLE replaced (
      file_id TEXT PRIMARY KEY,
      row INTEGER NOT NULL REFERENCES files (id),
      user_id TEXT,
      key TEXT,
      previous_file_id TEXT,
      version TEXT,
      digest TEXT,
      etag TEXT,
      part_size INTEGER,
      part_digests BLOB,
      size INTEGER NOT NULL,
      mtime INTEGER NOT NULL,
      state TEXT NOT NULL,
      run INTEGER NOT NULL
    ) WITHOUT ROWID
    """

  private static let replacedUnsettled = """
    CREATE INDEX replaced_unsettled ON replaced (file_id)
    WHERE state IN ('changed', 'begun', 'failed', 'sent')
    """

  /// The findings; `lasting` is 1 for those about a row of `files`, and 0 for those that each walk makes anew.
  private static let findings = """
    CREATE TABLE findings (
      code TEXT NOT NULL,
      path BLOB NOT NULL,
      detail TEXT NOT NULL,
      lasting INTEGER NOT NULL,
      run INTEGER NOT NULL,
      PRIMARY KEY (code, path)
    ) WITHOUT ROWID
    """

  private static let findingsByPath = "CREATE INDEX findings_by_path ON findings (path)"

  private static let users = "CREATE TABLE users (id TEXT PRIMARY KEY, is_known INTEGER NOT NULL) WITHOUT ROWID"

  /// The multipart uploads that were neither completed nor aborted.
  private static let uploads = """
    CREATE TABLE uploads (
      row INTEGER NOT NULL REFERENCES files (id),
      upload TEXT NOT NULL,
      key TEXT NOT NULL,
      part_size INTEGER NOT NULL,
      PRIMARY KEY (row, upload)
    ) WITHOUT ROWID
    """

  private static let parts = """
    CREATE TABLE upload_parts (
      row INTEGER NOT NULL,
      upload TEXT NOT NULL,
      number INTEGER NOT NULL,
      size INTEGER NOT NULL,
      digest BLOB NOT NULL,
      etag TEXT NOT NULL,
      PRIMARY KEY (row, upload, number)
    ) WITHOUT ROWID
    """

  /// Creates or upgrades the tables; throws `tooNew` for a ledger of a newer program.
  static func migrate(_ connection: GRDB.Database) throws {
    let found = try Int64.fetchOne(connection, sql: "PRAGMA user_version") ?? 0
    let tables = try Int64.fetchOne(connection, sql: "SELECT COUNT(*) FROM sqlite_schema") ?? 0
    let isLedger = try connection.tableExists("identity") && connection.tableExists("replaced")
    guard tables == 0 || isLedger else { throw DatabaseError.corrupt(detail: "it is the database of another program") }
    guard found <= versions.count else { throw LedgerError.tooNew(found: found, known: Int64(versions.count)) }
    for (index, statements) in versions.enumerated() where index >= found {
      for statement in statements { try connection.execute(sql: statement) }
      try connection.execute(sql: "PRAGMA user_version = \(index + 1)")
    }
  }
}
