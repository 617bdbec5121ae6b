/// The tables as numbered versions, which are applied in order and never edited after a release.
///
/// The SQL works in SQLite and in PostgreSQL: BIGINT for bytes and for milliseconds since 1970, TEXT for everything
/// else.
enum Schema {
  /// The statements of each version, starting with version 1.
  static let versions: [[String]] = [
    [users, files] + fileIndices + [variants, currentVariant, jobs, dueJobs],
    [furtherJobs, copyJobs, "DROP TABLE jobs", "ALTER TABLE further_jobs RENAME TO jobs", dueJobs],
    [multipartUploads, openFiles, refusedFiles],
    [sizeLimit, unmeasuredFiles, activeContent],
    [searchName, listedFiles, "DROP INDEX files_of_user", "DROP INDEX files_open", links, linksOfFile],
    ["DROP INDEX files_refused", endedFiles, deletedFiles, erasing],
    jobShares + ["DROP INDEX jobs_due", dueAtAll, waitingJobs, leasedJobs, lastServed],
    ["DROP INDEX files_refused", watchAt, watchedFiles],
    [exceededLimit],
    migratedFiles,
    ["DROP INDEX jobs_waiting", waitingUploads, waitingMigrated],
    retention,
    cleanup,
    // The place of a rendering in the processed bucket; NULL for a key without one, as earlier versions wrote it.
    ["ALTER TABLE variants ADD COLUMN place TEXT CHECK (place IN ('images', '~guarded'))"],
    usage,
    traffic,
    reports,
    counters,
  ]

  /// The version that added case-folded names for the search; `Migrator` folds the names of files that were stored
  /// earlier.
  static let searchable: Int64 = 5

  /// The newest version that this program supports.
  static var newest: Int64 { Int64(versions.count) }

  /// The table of the schema versions that were applied to a database.
  static let bookkeeping = """
    CREATE TABLE IF NOT EXISTS schema_versions (
      version BIGINT NOT NULL PRIMARY KEY,
      applied_at BIGINT NOT NULL
    )
    """

  private static let users = """
    CREATE TABLE users (
      id TEXT NOT NULL PRIMARY KEY,
      plan TEXT NOT NULL CHECK (plan IN ('standard', 'premium')),
      quota_bytes BIGINT NOT NULL CHECK (quota_bytes >= 0),
      used_bytes BIGINT NOT NULL DEFAULT 0 CHECK (used_bytes >= 0),
      reserved_bytes BIGINT NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
      created_at BIGINT NOT NULL
    )
    """

  private static let files = """
    CREATE TABLE files (
      id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id),
      filename TEXT NOT NULL,
      content_type TEXT NOT NULL,
      claimed_size BIGINT NOT NULL CHECK (claimed_size >= 1),
      claimed_sha256 TEXT,
      visibility TEXT NOT NULL CHECK (visibility IN ('private', 'premium', 'public')),
      state TEXT NOT NULL CHECK (state IN ('pending', 'received', 'ready', 'rejected', 'expired', 'aborted', 'deleted',
        'purging', 'purged')),
      reason TEXT,
      raw_key TEXT NOT NULL UNIQUE,
      version_id TEXT,
      size BIGINT CHECK (size >= 0),
      sha256 TEXT,
      held_bytes BIGINT NOT NULL CHECK (held_bytes >= 0),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      received_at BIGINT,
      ready_at BIGINT,
      deleted_at BIGINT,
      CHECK (state <> 'rejected' OR reason IS NOT NULL),
      CHECK (state <> 'ready' OR (size IS NOT NULL AND sha256 IS NOT NULL AND ready_at IS NOT NULL)),
      CHECK (state NOT IN ('deleted', 'purging', 'purged') OR deleted_at IS NOT NULL)
    )
    """

  private static let fileIndices = [
    "CREATE INDEX files_of_user ON files (user_id, created_at, id)",
    "CREATE INDEX files_unfinished ON files (id) WHERE state = 'pending' OR state = 'received'",
  ]

  private static let variants = """
    CREATE TABLE variants (
      file_id TEXT NOT NULL REFERENCES files (id),
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

  private static let currentVariant =
    "CREATE UNIQUE INDEX variants_current ON variants (file_id, name) WHERE is_current = 1"

  /// The jobs: at most one of each kind for each file.
  ///
  /// `due_at` is the earliest time at which a worker may claim the job; for a leased job it is the end of the lease. If
  /// the job is enqueued while it is leased, `again` is set, and the job is queued again after the current run.
  private static let jobs = """
    CREATE TABLE jobs (
      kind TEXT NOT NULL CHECK (kind IN ('process')),
      file_id TEXT NOT NULL REFERENCES files (id),
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

  private static let dueJobs = "CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE state <> 'failed'"

  /// Version 2: adds the job kinds `render`, which renders variants again, and `purge`, which invalidates caches.
  private static let furtherJobs = jobs.replacing("CREATE TABLE jobs", with: "CREATE TABLE further_jobs")
    .replacing("('process')", with: "('process', 'render', 'purge')")

  /// Version 3: multipart uploads, from the reservation until the store is known to have no such upload.
  ///
  /// `upload_id` is the identifier that the store assigned; NULL if the store has not answered yet or its answer was
  /// lost.
  private static let multipartUploads = """
    CREATE TABLE multipart_uploads (
      file_id TEXT NOT NULL PRIMARY KEY REFERENCES files (id),
      upload_id TEXT,
      part_size BIGINT NOT NULL CHECK (part_size >= 1)
    )
    """

  private static let openFiles = "CREATE INDEX files_open ON files (user_id) WHERE state = 'pending'"

  /// Version 3: index of the files whose keys the sweep checks for one day, the lifetime of a multipart upload.
  private static let refusedFiles =
    "CREATE INDEX files_refused ON files (id) WHERE state IN ('rejected', 'expired', 'aborted')"

  /// Version 4: 1 if `claimed_size` is only the maximum size, because the client did not declare a length.
  private static let sizeLimit =
    "ALTER TABLE files ADD COLUMN size_is_limit BIGINT NOT NULL DEFAULT 0 CHECK (size_is_limit IN (0, 1))"

  private static let unmeasuredFiles =
    "CREATE INDEX files_unmeasured ON files (id) WHERE state = 'pending' AND size_is_limit = 1"

  /// Version 4: 1 if the document contains scripts, programs or external content.
  private static let activeContent =
    "ALTER TABLE files ADD COLUMN active_content BIGINT NOT NULL DEFAULT 0 CHECK (active_content IN (0, 1))"

  /// Version 5: the name in the form of `FileName.folded`, for the search.
  private static let searchName = "ALTER TABLE files ADD COLUMN search_name TEXT NOT NULL DEFAULT ''"

  /// Version 5: index that lists a user's files of one state by age, and sums their quota bytes.
  ///
  /// The index also serves the queries of the older indices `files_of_user` and `files_open`, which are dropped.
  private static let listedFiles = "CREATE INDEX files_listed ON files (user_id, state, id, held_bytes)"

  /// Version 5: links to files, until they are revoked; the table stores only the digest of a link's secret.
  private static let links = """
    CREATE TABLE links (
      id TEXT NOT NULL PRIMARY KEY,
      file_id TEXT NOT NULL REFERENCES files (id),
      secret_sha256 TEXT NOT NULL UNIQUE,
      disposition TEXT NOT NULL CHECK (disposition IN ('attachment', 'inline')),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )
    """

  private static let linksOfFile = "CREATE INDEX links_of_file ON links (file_id)"

  /// Version 6: index of the files whose keys the sweep checks, now including files deleted before their URL ended.
  private static let endedFiles = """
    CREATE INDEX files_refused ON files (id)
    WHERE state IN ('rejected', 'expired', 'aborted', 'deleted', 'purging', 'purged')
    """

  /// Version 6: index of the deleted files, in the order in which they can be purged.
  private static let deletedFiles = "CREATE INDEX files_deleted ON files (deleted_at, id) WHERE state = 'deleted'"

  /// Version 6: the time at which the erasure of a user began; from then on the user can reserve no quota.
  private static let erasing = "ALTER TABLE users ADD COLUMN erasing_at BIGINT"

  /// Version 7: the owner and the cost class of each job, so that a fair claim need not read every job.
  ///
  /// `JobStatement` defines the cost classes.
  private static let jobShares = [
    "ALTER TABLE jobs ADD COLUMN user_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE jobs ADD COLUMN cost BIGINT NOT NULL DEFAULT 1 CHECK (cost >= 0 AND cost <= 4)",
    """
    UPDATE jobs SET user_id = (SELECT files.user_id FROM files WHERE files.id = jobs.file_id),
      cost = CASE kind WHEN 'purge' THEN 0 WHEN 'render' THEN 4 ELSE 1 END
    """,
  ]

  private static let dueAtAll = "CREATE INDEX jobs_due ON jobs (due_at) WHERE state <> 'failed'"

  private static let waitingJobs = "CREATE INDEX jobs_waiting ON jobs (user_id, cost, due_at) WHERE state <> 'failed'"

  private static let leasedJobs = "CREATE INDEX jobs_leased ON jobs (user_id, due_at) WHERE state = 'leased'"

  /// Version 11: the jobs of migrated files have a separate index, so that a claim for an upload reads none of them.
  private static let waitingUploads = """
    CREATE INDEX jobs_waiting ON jobs (user_id, cost, due_at) WHERE state <> 'failed' AND cost < 5
    """

  private static let waitingMigrated =
    "CREATE INDEX jobs_migrated ON jobs (due_at) WHERE state <> 'failed' AND cost = 5"

  /// Version 7: the time at which a worker last claimed a job of the user.
  private static let lastServed = "ALTER TABLE users ADD COLUMN served_at BIGINT NOT NULL DEFAULT 0"

  /// Version 8: the time of the sweep's next check for objects under the keys of a file; NULL if no object can arrive
  /// any more.
  ///
  /// The default 0 makes the sweep check each file that is older than this column once.
  private static let watchAt = "ALTER TABLE files ADD COLUMN watch_at BIGINT DEFAULT 0"

  private static let watchedFiles = "CREATE INDEX files_watched ON files (id) WHERE watch_at IS NOT NULL"

  /// Version 9: the limit of the decoder that a rejected file exceeds, as `ExceededLimit.word`.
  private static let exceededLimit = "ALTER TABLE files ADD COLUMN exceeded_limit TEXT"

  private static let copyJobs = """
    INSERT INTO further_jobs (kind, file_id, state, due_at, lease_token, again, attempts, failures, last_error, created_at)
    SELECT kind, file_id, state, due_at, lease_token, again, attempts, failures, last_error, created_at FROM jobs
    """
}
