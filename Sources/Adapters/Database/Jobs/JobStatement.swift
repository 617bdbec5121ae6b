/// SQL statements about jobs and their leases.
///
/// The cost of a job is a class from cheap to expensive. 0: cache invalidation. 1: validation of an image, or a check
/// of the buckets. 2: validation of a document, or of a file over 10 MB. 3: an earlier attempt broke the decoder or
/// scanner, or exceeded a deadline. 4: another rendering of a ready file. 5: validation of a migrated file, after
/// everything else, because a migration must not delay an upload.
enum JobStatement: String, Statement {
  case enqueue = """
    INSERT INTO jobs (kind, file_id, user_id, cost, state, due_at, created_at)
    SELECT $kind, id, user_id,
      CASE WHEN $kind = 'purge' THEN 0 WHEN $kind = 'render' THEN 4
        WHEN migration IS NOT NULL AND state NOT IN ('deleted', 'purging', 'purged') THEN 5
        WHEN state IN ('pending', 'received') AND content_type NOT LIKE 'image/%' THEN 2
        WHEN state IN ('pending', 'received') AND claimed_size > 10485760 AND size_is_limit = 0 THEN 2
        ELSE 1 END,
      'queued', $due, $now
    FROM files WHERE id = $file
    ON CONFLICT (kind, file_id) DO UPDATE SET
      again = CASE WHEN jobs.state = 'leased' THEN 1 ELSE 0 END,
      due_at = CASE WHEN jobs.state = 'failed' THEN excluded.due_at ELSE jobs.due_at END,
      state = CASE WHEN jobs.state = 'failed' THEN 'queued' ELSE jobs.state END
    RETURNING file_id
    """

  case make = """
    INSERT INTO jobs (kind, file_id, user_id, cost, state, due_at, created_at)
    SELECT $kind, id, user_id,
      CASE WHEN $kind = 'purge' THEN 0 WHEN $kind = 'render' THEN 4
        WHEN migration IS NOT NULL AND state NOT IN ('deleted', 'purging', 'purged') THEN 5
        WHEN state IN ('pending', 'received') AND content_type NOT LIKE 'image/%' THEN 2
        WHEN state IN ('pending', 'received') AND claimed_size > 10485760 AND size_is_limit = 0 THEN 2
        ELSE 1 END,
      'queued', $now, $now
    FROM files WHERE id = $file
    ON CONFLICT (kind, file_id) DO NOTHING
    """

  case invalidate = """
    INSERT INTO jobs (kind, file_id, user_id, cost, state, due_at, created_at)
    SELECT 'purge', id, user_id, 0, 'queued', $now, $now FROM files
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

  /// The earliest time at which a job, or the lease of one, is due.
  case nextDue = "SELECT MIN(due_at) AS due FROM jobs WHERE state <> 'failed'"

  case isDue = "SELECT file_id FROM jobs WHERE state <> 'failed' AND due_at <= $now LIMIT 1"

  /// Selects the user and the cost class of the next job that is not for a migrated file.
  ///
  /// The order is: `render` jobs last; users with the fewest leases; users with a cheap job; the user served longest ago.
  /// Jobs that have been due since `$aged` count as cheap, except `render` jobs. The statement walks the index from user
  /// to user, however many jobs each user has, and however many migrated files wait. `$full` is the user who already has
  /// the maximum number of threads.
  case turn = """
    WITH RECURSIVE waiting (user_id) AS (
      SELECT MIN(jobs.user_id) FROM jobs WHERE jobs.state <> 'failed' AND jobs.cost < 5 AND jobs.user_id >= ''
      UNION ALL
      SELECT (SELECT MIN(jobs.user_id) FROM jobs
        WHERE jobs.state <> 'failed' AND jobs.cost < 5 AND jobs.user_id > waiting.user_id)
      FROM waiting WHERE waiting.user_id IS NOT NULL
    ), offers (user_id, cost, due_at) AS (
      SELECT waiting.user_id, costs.cost,
        (SELECT MIN(jobs.due_at) FROM jobs WHERE jobs.state <> 'failed' AND jobs.cost < 5
          AND jobs.user_id = waiting.user_id AND jobs.cost = costs.cost AND jobs.due_at <= $now AND ($kind = '' OR jobs.kind = $kind))
      FROM waiting CROSS JOIN (SELECT 0 AS cost UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)
        AS costs
      WHERE waiting.user_id <> $full
    ), choices (user_id, cost, due_at, price, held, served_at) AS (
      SELECT offers.user_id, offers.cost, offers.due_at,
        CASE WHEN offers.cost <= 1 OR (offers.cost <= 3 AND offers.due_at <= $aged) THEN 1 ELSE offers.cost END,
        (SELECT COUNT(*) FROM jobs WHERE jobs.state = 'leased' AND jobs.user_id = offers.user_id AND jobs.due_at > $now
          AND jobs.cost < 5),
        COALESCE((SELECT users.served_at FROM users WHERE users.id = offers.user_id), 0)
      FROM offers WHERE offers.due_at IS NOT NULL
    )
    SELECT user_id, cost FROM choices
    ORDER BY CASE WHEN cost = 4 THEN 1 ELSE 0 END, held, price, served_at, user_id, CASE WHEN cost = 0 THEN 0 ELSE 1 END,
      due_at
    LIMIT 1
    """

  case due = """
    SELECT kind, file_id FROM jobs
    WHERE state <> 'failed' AND cost < 5 AND user_id = $user AND cost = $cost AND due_at <= $now
      AND ($kind = '' OR kind = $kind)
    ORDER BY due_at LIMIT 1
    """

  /// Selects the job that has been due longest among those for migrated files.
  ///
  /// The files of one run come user after user, so a worker keeps the same decoder for many files.
  case dueMigrated = """
    SELECT kind, file_id FROM jobs
    WHERE state <> 'failed' AND cost = 5 AND due_at <= $now AND ($kind = '' OR kind = $kind)
    ORDER BY due_at LIMIT 1
    """

  /// Finds a check of an upload that waits, is under way or is repeated later.
  case upload = """
    SELECT 1 AS found FROM jobs WHERE state <> 'failed' AND cost < 5 AND user_id >= '' AND cost BETWEEN 1 AND 3 LIMIT 1
    """

  case served = "UPDATE users SET served_at = $now WHERE id = $user"

  case held = """
    SELECT COUNT(*) AS found FROM jobs WHERE state = 'leased' AND user_id = $user AND due_at > $now
    """

  /// Reads the owner from the file, since a program older than the column leaves `user_id` empty.
  case lease = """
    UPDATE jobs SET state = 'leased', lease_token = $token, due_at = $until, again = 0, attempts = attempts + 1
    WHERE kind = $kind AND file_id = $file AND state <> 'failed' AND due_at <= $now
    RETURNING (SELECT files.user_id FROM files WHERE files.id = jobs.file_id) AS user_id, cost, attempts, failures,
      last_error, created_at
    """

  case renew = """
    UPDATE jobs SET due_at = $until
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND due_at > $now
    RETURNING file_id
    """

  case release = """
    UPDATE jobs SET state = 'queued', lease_token = NULL, due_at = $due, again = 0, failures = failures + $failed,
      last_error = $error, cost = CASE WHEN $dear = 1 AND cost < 3 THEN 3 ELSE cost END
    WHERE kind = $kind AND file_id = $file AND lease_token = $token
    RETURNING file_id
    """

  case fail = """
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
      MIN(CASE WHEN state <> 'failed' AND due_at <= $now AND cost < 5 THEN due_at END) AS oldest_due
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
