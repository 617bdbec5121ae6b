/// Statements about jobs and their leases.
enum JobStatement: String, Statement {
  case enqueue = """
    INSERT INTO jobs (kind, file_id, state, due_at, created_at)
    SELECT $kind, id, 'queued', $due, $now FROM files WHERE id = $file
    ON CONFLICT (kind, file_id) DO UPDATE SET
      again = CASE WHEN jobs.state = 'leased' THEN 1 ELSE 0 END,
      due_at = CASE WHEN jobs.state = 'failed' THEN excluded.due_at ELSE jobs.due_at END,
      state = CASE WHEN jobs.state = 'failed' THEN 'queued' ELSE jobs.state END
    RETURNING file_id
    """

  case make = """
    INSERT INTO jobs (kind, file_id, state, due_at, created_at)
    SELECT $kind, id, 'queued', $now, $now FROM files WHERE id = $file
    ON CONFLICT (kind, file_id) DO NOTHING
    """

  case withdraw = """
    INSERT INTO jobs (kind, file_id, state, due_at, created_at)
    SELECT 'purge', id, 'queued', $now, $now FROM files
    WHERE id = $file AND EXISTS (SELECT 1 FROM variants WHERE variants.file_id = files.id)
    ON CONFLICT (kind, file_id) DO UPDATE SET
      again = CASE WHEN jobs.state = 'leased' THEN 1 ELSE 0 END,
      due_at = CASE WHEN jobs.state = 'leased' THEN jobs.due_at ELSE excluded.due_at END,
      state = CASE WHEN jobs.state = 'failed' THEN 'queued' ELSE jobs.state END,
      created_at = excluded.created_at
    """

  case find = """
    SELECT kind, file_id, state, due_at, again, attempts, failures, last_error, created_at FROM jobs
    WHERE kind = $kind AND file_id = $file
    """

  case due = """
    SELECT file_id FROM jobs WHERE kind = $kind AND state <> 'failed' AND due_at <= $now ORDER BY due_at LIMIT 1
    """

  case lease = """
    UPDATE jobs SET state = 'leased', lease_token = $token, due_at = $until, again = 0, attempts = attempts + 1
    WHERE kind = $kind AND file_id = $file AND state <> 'failed' AND due_at <= $now
    RETURNING file_id, attempts, failures, last_error, created_at
    """

  case renew = """
    UPDATE jobs SET due_at = $until
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND due_at > $now
    RETURNING file_id
    """

  case release = """
    UPDATE jobs SET state = 'queued', lease_token = NULL, due_at = $due, again = 0, failures = failures + $failed,
      last_error = $error
    WHERE kind = $kind AND file_id = $file AND lease_token = $token
    RETURNING file_id
    """

  case park = """
    UPDATE jobs SET state = 'failed', lease_token = NULL, due_at = $now, again = 0, failures = failures + 1,
      last_error = $error
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND again = 0
    RETURNING file_id
    """

  case remove = """
    DELETE FROM jobs WHERE kind = $kind AND file_id = $file AND lease_token = $token AND again = 0
    RETURNING file_id
    """

  case `repeat` = """
    UPDATE jobs SET state = 'queued', lease_token = NULL, due_at = $now, again = 0, attempts = 0, failures = 0,
      last_error = NULL
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND again = 1
    RETURNING file_id
    """

  case cancel = "DELETE FROM jobs WHERE file_id = $file RETURNING state, due_at"

  case ofFile = "SELECT kind FROM jobs WHERE file_id = $file"

  case statistics = """
    SELECT CAST(COALESCE(SUM(CASE WHEN state = 'queued' THEN 1 ELSE 0 END), 0) AS BIGINT) AS queued,
      CAST(COALESCE(SUM(CASE WHEN state = 'leased' THEN 1 ELSE 0 END), 0) AS BIGINT) AS leased,
      CAST(COALESCE(SUM(CASE WHEN state = 'leased' AND due_at <= $now THEN 1 ELSE 0 END), 0) AS BIGINT) AS run_out,
      CAST(COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS failed,
      CAST(COALESCE(SUM(CASE WHEN state = 'queued' AND last_error IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
        AS postponed,
      MIN(CASE WHEN state = 'queued' AND last_error IS NOT NULL THEN created_at END) AS oldest_postponed,
      MIN(CASE WHEN state <> 'failed' AND due_at <= $now THEN due_at END) AS oldest_due
    FROM jobs WHERE kind = $kind
    """

  case list = """
    SELECT jobs.kind, jobs.file_id, jobs.state, jobs.due_at, jobs.again, jobs.attempts, jobs.failures, jobs.last_error,
      jobs.created_at, files.user_id, files.state AS file_state
    FROM jobs JOIN files ON files.id = jobs.file_id
    WHERE ($kind = '' OR jobs.kind = $kind)
      AND ($state = '' OR jobs.state = $state
        OR ($state = 'postponed' AND jobs.state = 'queued' AND jobs.last_error IS NOT NULL))
      AND (jobs.due_at, jobs.kind, jobs.file_id) > ($due, $after_kind, $after)
    ORDER BY jobs.due_at, jobs.kind, jobs.file_id LIMIT $limit
    """

  case count = """
    SELECT COUNT(*) AS found FROM jobs
    WHERE ($kind = '' OR kind = $kind)
      AND ($state = '' OR state = $state OR ($state = 'postponed' AND state = 'queued' AND last_error IS NOT NULL))
    """

  case retryable = """
    SELECT kind, file_id FROM jobs
    WHERE (state = 'failed' OR (state = 'queued' AND due_at > $now)) AND ($kind = '' OR kind = $kind)
      AND ($state = '' OR state = $state OR ($state = 'postponed' AND state = 'queued' AND last_error IS NOT NULL))
      AND (kind, file_id) > ($after_kind, $after)
    ORDER BY kind, file_id LIMIT $limit
    """

  case retry = """
    UPDATE jobs SET state = 'queued', due_at = $now, failures = CASE WHEN state = 'failed' THEN 0 ELSE failures END
    WHERE kind = $kind AND file_id = $file AND (state = 'failed' OR (state = 'queued' AND due_at > $now))
    RETURNING file_id
    """
}
