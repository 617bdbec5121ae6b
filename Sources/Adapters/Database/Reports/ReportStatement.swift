/// SQL statements for the dashboard: results of work, counts, and lists by index.
enum ReportStatement: String, Statement {
  case store = """
    INSERT INTO reports (name, node, at, outcome) VALUES ($name, $node, $at, $outcome)
    ON CONFLICT (name, node) DO UPDATE SET at = excluded.at, outcome = excluded.outcome
    WHERE excluded.at >= reports.at
    """

  case trim = "DELETE FROM reports WHERE at < $before"

  case list = "SELECT name, node, at, outcome FROM reports ORDER BY name, at DESC, node LIMIT $limit"

  /// The users, and the sums of their counters.
  case count = """
    SELECT COUNT(*) AS users, CAST(COALESCE(SUM(used_bytes), 0) AS BIGINT) AS used_bytes,
      CAST(COALESCE(SUM(reserved_bytes), 0) AS BIGINT) AS reserved_bytes,
      CAST(COALESCE(SUM(files_pending), 0) AS BIGINT) AS files_pending,
      CAST(COALESCE(SUM(files_received), 0) AS BIGINT) AS files_received,
      CAST(COALESCE(SUM(files_ready), 0) AS BIGINT) AS files_ready,
      CAST(COALESCE(SUM(files_rejected), 0) AS BIGINT) AS files_rejected,
      CAST(COALESCE(SUM(files_quarantined), 0) AS BIGINT) AS files_quarantined,
      CAST(COALESCE(SUM(files_expired), 0) AS BIGINT) AS files_expired,
      CAST(COALESCE(SUM(files_aborted), 0) AS BIGINT) AS files_aborted,
      CAST(COALESCE(SUM(files_deleted), 0) AS BIGINT) AS files_deleted,
      CAST(COALESCE(SUM(files_purging), 0) AS BIGINT) AS files_purging,
      CAST(COALESCE(SUM(files_purged), 0) AS BIGINT) AS files_purged,
      CAST(COALESCE(SUM(held_received), 0) AS BIGINT) AS held_received,
      CAST(COALESCE(SUM(held_quarantined), 0) AS BIGINT) AS held_quarantined,
      CAST(COALESCE(SUM(held_deleted), 0) AS BIGINT) AS held_deleted,
      CAST(COALESCE(SUM(held_purging), 0) AS BIGINT) AS held_purging
    FROM users
    """

  case emptyCensus = "DELETE FROM census"

  case addCensus = "INSERT INTO census (name, at, found, held) VALUES ($name, $at, $found, $held)"

  case census = "SELECT name, at, found, held FROM census ORDER BY name"

  case largestUsers = """
    SELECT id, plan, quota_bytes, used_bytes, reserved_bytes, created_at, erasing_at, standard_since, retag_at FROM users
    WHERE (used_bytes, id) < ($used, $after) ORDER BY used_bytes DESC, id DESC LIMIT $limit
    """

  case failedJobs = """
    SELECT jobs.kind, jobs.file_id, jobs.state, jobs.due_at, jobs.again, jobs.attempts, jobs.failures, jobs.last_error,
      jobs.created_at, files.user_id, files.state AS file_state, files.filename
    FROM jobs JOIN files ON files.id = jobs.file_id
    WHERE jobs.state = 'failed' AND (jobs.due_at, jobs.kind, jobs.file_id) < ($due, $after_kind, $after)
    ORDER BY jobs.due_at DESC, jobs.kind DESC, jobs.file_id DESC LIMIT $limit
    """

  case purges = """
    SELECT jobs.kind, jobs.file_id, jobs.state, jobs.due_at, jobs.again, jobs.attempts, jobs.failures, jobs.last_error,
      jobs.created_at, files.user_id, files.state AS file_state, files.filename
    FROM jobs JOIN files ON files.id = jobs.file_id
    WHERE jobs.kind = 'purge' AND jobs.state <> 'failed' ORDER BY jobs.due_at, jobs.file_id LIMIT $limit
    """

  /// Reads the whole table of jobs, which has the open work alone.
  case queue = """
    SELECT kind, state, CASE WHEN created_at > $minute THEN 0 WHEN created_at > $hour THEN 1 WHEN created_at > $day THEN 2
        ELSE 3 END AS age,
      COUNT(*) AS found, MIN(created_at) AS oldest
    FROM jobs GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """
}
