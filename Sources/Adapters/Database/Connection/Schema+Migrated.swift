extension Schema {
  /// Version 10: migrated files and the state `quarantined`.
  ///
  /// SQLite cannot change a CHECK, so the statements build the table `files` again. The tables that refer to `files` are
  /// built again too: a table that others refer to cannot be dropped while foreign keys are enforced, and SQLite ignores
  /// a change of their enforcement inside a transaction. A renamed table keeps the references of other tables.
  ///
  /// Source: https://www.sqlite.org/lang_altertable.html#otheralter, https://www.sqlite.org/pragma.html#pragma_foreign_keys
  static let migratedFiles =
    [
      newFiles, copyFiles, newVariants, copy("variants", variantColumns), newJobs, copy("jobs", jobColumns),
      newMultipartUploads, copy("multipart_uploads", "file_id, upload_id, part_size"), newLinks,
      copy("links", "id, file_id, secret_sha256, disposition, created_at, expires_at"),
    ]
    + ["variants", "jobs", "multipart_uploads", "links", "files"].map { "DROP TABLE \($0)" }
    + ["files", "variants", "jobs", "multipart_uploads", "links"].map { "ALTER TABLE new_\($0) RENAME TO \($0)" }
    + indices + [fileRecords]

  /// The table of the files, with six more columns for migrated files.
  ///
  /// `migration` is the identifier of the run that brought the file; NULL for an upload. `successor_of` is the file that
  /// a changed file replaces. `replaced_by` is the file because of which this one was deleted, and stays after a restore;
  /// it is the file itself if its path vanished from the disk. `former_path` is a hash of the path before the migration.
  /// `is_plain` is 1 for a migrated file that is only handed out as an attachment.
  /// `accepts_unscanned` is 1 for a migrated file that is accepted even if it is too large for the scanner.
  private static let newFiles = """
    CREATE TABLE new_files (
      id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id),
      filename TEXT NOT NULL,
      search_name TEXT NOT NULL DEFAULT '',
      content_type TEXT NOT NULL,
      claimed_size BIGINT NOT NULL,
      size_is_limit BIGINT NOT NULL DEFAULT 0 CHECK (size_is_limit IN (0, 1)),
      claimed_sha256 TEXT,
      visibility TEXT NOT NULL CHECK (visibility IN ('private', 'premium', 'public')),
      state TEXT NOT NULL CHECK (state IN ('pending', 'received', 'ready', 'rejected', 'quarantined', 'expired', 'aborted',
        'deleted', 'purging', 'purged')),
      reason TEXT,
      exceeded_limit TEXT,
      raw_key TEXT NOT NULL UNIQUE,
      version_id TEXT,
      size BIGINT CHECK (size >= 0),
      sha256 TEXT,
      active_content BIGINT NOT NULL DEFAULT 0 CHECK (active_content IN (0, 1)),
      held_bytes BIGINT NOT NULL CHECK (held_bytes >= 0),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      received_at BIGINT,
      ready_at BIGINT,
      quarantined_at BIGINT,
      deleted_at BIGINT,
      watch_at BIGINT DEFAULT 0,
      migration TEXT,
      successor_of TEXT,
      replaced_by TEXT,
      former_path TEXT,
      is_plain BIGINT NOT NULL DEFAULT 0 CHECK (is_plain IN (0, 1)),
      accepts_unscanned BIGINT NOT NULL DEFAULT 0 CHECK (accepts_unscanned IN (0, 1)),
      CHECK (claimed_size >= 1 OR (claimed_size = 0 AND migration IS NOT NULL)),
      CHECK (migration IS NOT NULL OR (successor_of IS NULL AND replaced_by IS NULL AND former_path IS NULL
        AND quarantined_at IS NULL AND is_plain = 0)),
      CHECK (state <> 'rejected' OR (reason IS NOT NULL AND migration IS NULL)),
      CHECK (state <> 'quarantined' OR (reason IS NOT NULL AND size IS NOT NULL AND quarantined_at IS NOT NULL)),
      CHECK (state <> 'ready' OR (size IS NOT NULL AND sha256 IS NOT NULL AND ready_at IS NOT NULL)),
      CHECK (state NOT IN ('deleted', 'purging', 'purged') OR deleted_at IS NOT NULL)
    )
    """

  private static let copyFiles = copy(
    "files",
    """
    id, user_id, filename, search_name, content_type, claimed_size, size_is_limit, claimed_sha256, visibility, state,
      reason, exceeded_limit, raw_key, version_id, size, sha256, active_content, held_bytes, created_at, expires_at,
      received_at, ready_at, deleted_at, watch_at
    """
  )

  private static let newVariants = """
    CREATE TABLE new_variants (
      file_id TEXT NOT NULL REFERENCES new_files (id),
      name TEXT NOT NULL,
      v TEXT NOT NULL,
      key TEXT NOT NULL,
      content_type TEXT NOT NULL,
      width BIGINT NOT NULL CHECK (width >= 1),
      height BIGINT NOT NULL CHECK (height >= 1),
      size BIGINT NOT NULL CHECK (size >= 1),
      created_at BIGINT NOT NULL,
      is_current BIGINT NOT NULL CHECK (is_current IN (0, 1)),
      PRIMARY KEY (file_id, name, v)
    )
    """

  private static let variantColumns =
    "file_id, name, v, key, content_type, width, height, size, created_at, is_current"

  /// The cost class 5 is for migrated files; `JobStatement` defines the classes.
  private static let newJobs = """
    CREATE TABLE new_jobs (
      kind TEXT NOT NULL CHECK (kind IN ('process', 'render', 'purge')),
      file_id TEXT NOT NULL REFERENCES new_files (id),
      user_id TEXT NOT NULL DEFAULT '',
      cost BIGINT NOT NULL DEFAULT 1 CHECK (cost >= 0 AND cost <= 5),
      state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'failed')),
      due_at BIGINT NOT NULL,
      lease_token TEXT,
      again BIGINT NOT NULL DEFAULT 0 CHECK (again IN (0, 1)),
      attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
      failures BIGINT NOT NULL DEFAULT 0 CHECK (failures >= 0),
      last_error TEXT,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (kind, file_id),
      CHECK ((state = 'leased') = (lease_token IS NOT NULL))
    )
    """

  private static let jobColumns = """
    kind, file_id, user_id, cost, state, due_at, lease_token, again, attempts, failures, last_error, created_at
    """

  private static let newMultipartUploads = """
    CREATE TABLE new_multipart_uploads (
      file_id TEXT NOT NULL PRIMARY KEY REFERENCES new_files (id),
      upload_id TEXT,
      part_size BIGINT NOT NULL CHECK (part_size >= 1)
    )
    """

  private static let newLinks = """
    CREATE TABLE new_links (
      id TEXT NOT NULL PRIMARY KEY,
      file_id TEXT NOT NULL REFERENCES new_files (id),
      secret_sha256 TEXT NOT NULL UNIQUE,
      disposition TEXT NOT NULL CHECK (disposition IN ('attachment', 'inline')),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )
    """

  private static func copy(_ table: String, _ columns: String) -> String {
    "INSERT INTO new_\(table) (\(columns)) SELECT \(columns) FROM \(table)"
  }

  /// The indices of the tables, as before, and those of the open uploads, of successors and of former paths.
  private static let indices = [
    "CREATE INDEX files_unfinished ON files (id) WHERE state = 'pending' OR state = 'received'",
    "CREATE INDEX files_unmeasured ON files (id) WHERE state = 'pending' AND size_is_limit = 1",
    "CREATE INDEX files_listed ON files (user_id, state, id, held_bytes)",
    "CREATE INDEX files_deleted ON files (deleted_at, id) WHERE state = 'deleted'",
    "CREATE INDEX files_watched ON files (id) WHERE watch_at IS NOT NULL",
    "CREATE INDEX files_open ON files (user_id, state, migration) WHERE state = 'pending' AND migration IS NULL",
    "CREATE INDEX files_successors ON files (successor_of) WHERE successor_of IS NOT NULL",
    "CREATE INDEX files_former ON files (former_path) WHERE former_path IS NOT NULL",
    "CREATE UNIQUE INDEX variants_current ON variants (file_id, name) WHERE is_current = 1",
    "CREATE INDEX links_of_file ON links (file_id)",
    "CREATE INDEX jobs_due ON jobs (due_at) WHERE state <> 'failed'",
    "CREATE INDEX jobs_waiting ON jobs (user_id, cost, due_at) WHERE state <> 'failed'",
    "CREATE INDEX jobs_leased ON jobs (user_id, due_at) WHERE state = 'leased'",
  ]

  /// The columns of `FileRecord`.
  private static let fileRecords = """
    CREATE VIEW file_records AS
    SELECT id, user_id, filename, search_name, content_type, claimed_size, size_is_limit, claimed_sha256, visibility, state,
      reason, exceeded_limit, raw_key, version_id, size, sha256, active_content, held_bytes, created_at, expires_at,
      received_at, ready_at, quarantined_at, deleted_at, migration, successor_of, replaced_by, is_plain, accepts_unscanned,
      upload_id, part_size
    FROM files LEFT JOIN multipart_uploads ON multipart_uploads.file_id = files.id
    """
}
