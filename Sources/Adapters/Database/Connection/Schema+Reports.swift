extension Schema {
  /// Version 17: the last results of work for the dashboard, and the indexes of its lists.
  ///
  /// `reports` has one row for each work and node. `users_used` lists users by the bytes that their files take; reserved bytes
  /// are not in it, so a claim changes no index. `jobs_failed` lists what failed, newest first. `jobs_purges` lists the
  /// invalidations of caches that are under way.
  static let reports = [
    """
    CREATE TABLE reports (
      name TEXT NOT NULL,
      node TEXT NOT NULL,
      at BIGINT NOT NULL,
      outcome TEXT NOT NULL CHECK (LENGTH(outcome) <= 16384),
      PRIMARY KEY (name, node)
    )
    """,
    """
    CREATE TABLE census (
      name TEXT NOT NULL PRIMARY KEY,
      at BIGINT NOT NULL,
      found BIGINT NOT NULL,
      held BIGINT NOT NULL
    )
    """,
    "CREATE INDEX users_used ON users (used_bytes, id)",
    "CREATE INDEX jobs_failed ON jobs (due_at, kind, file_id) WHERE state = 'failed'",
    "CREATE INDEX jobs_purges ON jobs (kind, due_at, file_id) WHERE kind = 'purge' AND state <> 'failed'",
  ]
}
