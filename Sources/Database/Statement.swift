/// Every statement that runs after the tables are made, in SQL common to SQLite and PostgreSQL.
///
/// A name's first word says whose statement it is. A move of a file is a guarded UPDATE: it returns what the file holds
/// of the quota, or no row where the file is not in a state from which the move exists.
enum Statement: String, CaseIterable {
  // MARK: Schema

  case schemaVersion = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions"

  case schemaApplied = "INSERT INTO schema_versions (version, applied_at) VALUES ($version, $now)"

  // MARK: Users

  case userFind = """
    SELECT id, plan, quota_bytes, used_bytes, reserved_bytes, created_at FROM users WHERE id = $user
    """

  case userCreate = """
    INSERT INTO users (id, plan, quota_bytes, created_at) VALUES ($user, $plan, $quota, $now) ON CONFLICT (id) DO NOTHING
    """

  case userReserve = """
    UPDATE users SET reserved_bytes = reserved_bytes + $size
    WHERE id = $user AND $size <= quota_bytes - used_bytes - reserved_bytes
    RETURNING id
    """

  case userSettle = """
    UPDATE users SET reserved_bytes = reserved_bytes + $reserved, used_bytes = used_bytes + $used WHERE id = $user
    """

  case userRecount = """
    SELECT id, used_bytes, reserved_bytes, used_sum, reserved_sum FROM (
      SELECT users.id, users.used_bytes, users.reserved_bytes,
        CAST(COALESCE(SUM(CASE WHEN files.state IN ('ready', 'deleted', 'purging') THEN files.held_bytes ELSE 0 END), 0)
          AS BIGINT) AS used_sum,
        CAST(COALESCE(SUM(CASE WHEN files.state IN ('ready', 'deleted', 'purging') THEN 0 ELSE files.held_bytes END), 0)
          AS BIGINT) AS reserved_sum
      FROM users LEFT JOIN files ON files.user_id = users.id
      GROUP BY users.id, users.used_bytes, users.reserved_bytes
    ) AS sums
    WHERE used_bytes <> used_sum OR reserved_bytes <> reserved_sum
    ORDER BY id
    """

  // MARK: Files

  case fileCreate = """
    INSERT INTO files (id, user_id, filename, content_type, claimed_size, claimed_sha256, visibility, state, raw_key,
      held_bytes, created_at, expires_at)
    VALUES ($file, $user, $filename, $content_type, $size, $sha256, $visibility, 'pending', $raw_key, $size, $now,
      $expires)
    """

  case fileFind = """
    SELECT id, user_id, filename, content_type, claimed_size, claimed_sha256, visibility, state, reason, raw_key,
      version_id, size, sha256, held_bytes, created_at, expires_at, received_at, ready_at, deleted_at
    FROM files WHERE id = $file
    """

  case fileUnattended = """
    SELECT id, user_id, state, raw_key, created_at, expires_at FROM files
    WHERE (state = 'pending' OR state = 'received') AND created_at <= $created AND id > $after
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = 'process' AND jobs.file_id = files.id)
    ORDER BY id LIMIT $limit
    """

  case fileOverdue = """
    SELECT id, user_id, state, raw_key, created_at, expires_at FROM files
    WHERE state = 'pending' AND expires_at <= $expired AND id > $after
    ORDER BY id LIMIT $limit
    """

  case fileRefused = """
    SELECT id, user_id, state, raw_key, created_at, expires_at FROM files
    WHERE state IN ('rejected', 'expired', 'aborted') AND expires_at > $expired AND id > $after
    ORDER BY id LIMIT $limit
    """

  case fileHold = "UPDATE files SET held_bytes = $held WHERE id = $file"

  case fileReceive = """
    UPDATE files SET state = 'received', received_at = $now WHERE id = $file AND state = 'pending'
    RETURNING user_id, held_bytes
    """

  case fileExpire = """
    UPDATE files SET state = 'expired' WHERE id = $file AND state = 'pending' AND expires_at <= $expired
    RETURNING user_id, held_bytes
    """

  case fileAbort = """
    UPDATE files SET state = 'aborted' WHERE id = $file AND user_id = $user AND state = 'pending'
    RETURNING user_id, held_bytes
    """

  case filePublish = """
    UPDATE files SET state = 'ready', version_id = $version, size = $size, sha256 = $sha256, ready_at = $now
    WHERE id = $file AND state = 'received' AND EXISTS (SELECT 1 FROM jobs
      WHERE jobs.kind = 'process' AND jobs.file_id = files.id AND jobs.lease_token = $token AND jobs.due_at > $now)
    RETURNING user_id, held_bytes
    """

  case fileReject = """
    UPDATE files SET state = 'rejected', reason = $reason
    WHERE id = $file AND state = 'received' AND EXISTS (SELECT 1 FROM jobs
      WHERE jobs.kind = 'process' AND jobs.file_id = files.id AND jobs.lease_token = $token AND jobs.due_at > $now)
    RETURNING user_id, held_bytes
    """

  case fileDeleteUnserved = """
    UPDATE files SET state = 'deleted', deleted_at = $now
    WHERE id = $file AND user_id = $user AND state IN ('pending', 'received', 'rejected')
    RETURNING user_id, held_bytes
    """

  case fileDeleteReady = """
    UPDATE files SET state = 'deleted', deleted_at = $now WHERE id = $file AND user_id = $user AND state = 'ready'
    RETURNING user_id, held_bytes
    """

  case fileRestore = """
    UPDATE files SET state = 'ready', deleted_at = NULL
    WHERE id = $file AND user_id = $user AND state = 'deleted' AND ready_at IS NOT NULL AND deleted_at > $cutoff
    RETURNING user_id, held_bytes
    """

  case fileBeginPurge = """
    UPDATE files SET state = 'purging'
    WHERE id = $file AND state = 'deleted' AND (deleted_at <= $cutoff OR ready_at IS NULL)
    RETURNING user_id, held_bytes
    """

  case fileFinishPurge = """
    UPDATE files SET state = 'purged' WHERE id = $file AND state = 'purging'
    RETURNING user_id, held_bytes
    """

  // MARK: Variants

  case variantsCurrent = """
    SELECT name, v, key, content_type, width, height, size FROM variants
    WHERE file_id = $file AND is_current = 1 ORDER BY name
    """

  case variantFind = """
    SELECT files.state, files.visibility, variants.name, variants.v, variants.key, variants.content_type,
      variants.width, variants.height, variants.size
    FROM files LEFT JOIN variants
      ON variants.file_id = files.id AND variants.name = $name AND variants.is_current = 1
    WHERE files.id = $file AND files.user_id = $user
    """

  case variantsRetire = "UPDATE variants SET is_current = 0 WHERE file_id = $file AND is_current = 1"

  case variantStore = """
    INSERT INTO variants (file_id, name, v, key, content_type, width, height, size, created_at, is_current)
    VALUES ($file, $name, $v, $key, $content_type, $width, $height, $size, $now, 1)
    ON CONFLICT (file_id, name, v) DO UPDATE SET key = excluded.key, content_type = excluded.content_type,
      width = excluded.width, height = excluded.height, size = excluded.size, is_current = 1
    """

  case variantsForget = "DELETE FROM variants WHERE file_id = $file"

  // MARK: Jobs

  case jobEnqueue = """
    INSERT INTO jobs (kind, file_id, state, due_at, created_at)
    SELECT $kind, id, 'queued', $due, $now FROM files WHERE id = $file
    ON CONFLICT (kind, file_id) DO UPDATE SET
      again = CASE WHEN jobs.state = 'leased' THEN 1 ELSE 0 END,
      due_at = CASE WHEN jobs.state = 'failed' THEN excluded.due_at ELSE jobs.due_at END,
      state = CASE WHEN jobs.state = 'failed' THEN 'queued' ELSE jobs.state END
    RETURNING file_id
    """

  case jobDue = """
    SELECT file_id FROM jobs WHERE kind = $kind AND state <> 'failed' AND due_at <= $now ORDER BY due_at LIMIT 1
    """

  case jobLease = """
    UPDATE jobs SET state = 'leased', lease_token = $token, due_at = $until, again = 0, attempts = attempts + 1
    WHERE kind = $kind AND file_id = $file AND state <> 'failed' AND due_at <= $now
    RETURNING file_id, attempts, failures, last_error
    """

  case jobRenew = """
    UPDATE jobs SET due_at = $until
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND due_at > $now
    RETURNING file_id
    """

  case jobRelease = """
    UPDATE jobs SET state = 'queued', lease_token = NULL, due_at = $due, again = 0, failures = failures + $failed,
      last_error = $error
    WHERE kind = $kind AND file_id = $file AND lease_token = $token
    RETURNING file_id
    """

  case jobPark = """
    UPDATE jobs SET state = 'failed', lease_token = NULL, due_at = $now, again = 0, failures = failures + 1,
      last_error = $error
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND again = 0
    RETURNING file_id
    """

  case jobRemove = """
    DELETE FROM jobs WHERE kind = $kind AND file_id = $file AND lease_token = $token AND again = 0
    RETURNING file_id
    """

  case jobRepeat = """
    UPDATE jobs SET state = 'queued', lease_token = NULL, due_at = $now, again = 0, attempts = 0, failures = 0,
      last_error = NULL
    WHERE kind = $kind AND file_id = $file AND lease_token = $token AND again = 1
    RETURNING file_id
    """

  case jobCancel = "DELETE FROM jobs WHERE file_id = $file"

  case jobStatistics = """
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
}
