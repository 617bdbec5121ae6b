extension Schema {
  /// Version 13: the runs of `stowage cleanup`, and the chores that are done once a day over all nodes.
  ///
  /// A run has a row from its first deletion; `files` and `bytes` count what it deleted. The files of a run have its
  /// identifier in `removed_by`. A chore in progress has a `position`, which is empty at the start; NULL after the end.
  /// Only the holder of `lease_token` works on the chore, until `lease_until`.
  static let cleanup = [
    """
    CREATE TABLE cleanup_runs (
      id TEXT NOT NULL PRIMARY KEY,
      started_at BIGINT NOT NULL,
      files BIGINT NOT NULL CHECK (files >= 0),
      bytes BIGINT NOT NULL CHECK (bytes >= 0)
    )
    """,
    "CREATE INDEX cleanup_runs_started ON cleanup_runs (started_at, id)",
    """
    CREATE TABLE chores (
      name TEXT NOT NULL PRIMARY KEY,
      started_at BIGINT NOT NULL,
      position TEXT,
      lease_token TEXT,
      lease_until BIGINT NOT NULL
    )
    """,
  ]
}
