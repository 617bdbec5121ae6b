/// SQL statements about users and their quota.
enum UserStatement: String, Statement {
  case find = """
    SELECT id, plan, quota_bytes, used_bytes, reserved_bytes, created_at, erasing_at, standard_since, retag_at FROM users WHERE id = $user
    """

  case list = """
    SELECT id, plan, quota_bytes, used_bytes, reserved_bytes, created_at, erasing_at, standard_since, retag_at FROM users
    WHERE id > $after ORDER BY id LIMIT $limit
    """

  case sums = """
    SELECT COUNT(*) AS users, CAST(COALESCE(SUM(used_bytes), 0) AS BIGINT) AS used,
      CAST(COALESCE(SUM(reserved_bytes), 0) AS BIGINT) AS reserved FROM users
    """

  case largest = """
    SELECT id, plan, quota_bytes, used_bytes, reserved_bytes, created_at, erasing_at, standard_since, retag_at FROM users
    ORDER BY used_bytes + reserved_bytes DESC, id LIMIT $limit
    """

  case count = "SELECT COUNT(*) AS found FROM users"

  case create = """
    INSERT INTO users (id, plan, quota_bytes, created_at) VALUES ($user, $plan, $quota, $now) ON CONFLICT (id) DO NOTHING
    """

  /// Reserves the quota of a new pending file, if the user has fewer than `$most` pending files.
  case reserve = """
    UPDATE users SET reserved_bytes = reserved_bytes + $size, files_pending = files_pending + 1
    WHERE id = $user AND erasing_at IS NULL AND $size <= quota_bytes - used_bytes - reserved_bytes
      AND files_pending < $most
    """

  /// Takes `reserve` back.
  case withdraw = """
    UPDATE users SET reserved_bytes = reserved_bytes - $size, files_pending = files_pending - 1 WHERE id = $user
    """

  /// The number of pending uploads, up to `$limit`; migrated files do not count.
  case openUploads = """
    SELECT COUNT(*) AS found
    FROM (SELECT 1 FROM files WHERE user_id = $user AND state = 'pending' AND migration IS NULL LIMIT $limit) AS pending
    """

  /// The counters of one user.
  case holdings = """
    SELECT id, used_bytes, reserved_bytes, files_pending, files_received, files_ready, files_rejected, files_quarantined,
      files_expired, files_aborted, files_deleted, files_purging, files_purged, held_received, held_quarantined,
      held_deleted, held_purging
    FROM users WHERE id = $user
    """

  /// The counters of the users behind `$after`.
  case counters = """
    SELECT id, used_bytes, reserved_bytes, files_pending, files_received, files_ready, files_rejected, files_quarantined,
      files_expired, files_aborted, files_deleted, files_purging, files_purged, held_received, held_quarantined,
      held_deleted, held_purging
    FROM users WHERE id > $after ORDER BY id LIMIT $limit
    """

  case countFiles = "SELECT COUNT(*) AS found FROM files WHERE user_id = $user"

  case beginErasure = """
    UPDATE users SET erasing_at = COALESCE(erasing_at, $now) WHERE id = $user
    RETURNING id
    """

  /// Deletes a user whose erasure has begun, if no file of the user remains.
  case erase = """
    DELETE FROM users WHERE id = $user AND erasing_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM files WHERE files.user_id = users.id)
    RETURNING id
    """

  /// Locks the row without a change, so that the rest of the transaction sees the row as it is at the commit.
  case lock = """
    UPDATE users SET used_bytes = used_bytes WHERE id = $user
    RETURNING id, plan, quota_bytes, used_bytes, reserved_bytes, created_at, erasing_at, standard_since, retag_at
    """

  /// Changes plan and quota. A changed plan makes the tags of the user's objects due for a comparison; the claim of a worker
  /// stays.
  case change = """
    UPDATE users SET plan = $plan, quota_bytes = $quota,
      standard_since = CASE WHEN plan = $plan THEN standard_since WHEN $plan = 'standard' THEN $now END,
      retag_at = CASE WHEN plan = $plan OR retag_at > $now THEN retag_at ELSE $now END
    WHERE id = $user
    """

  case correct = """
    UPDATE users SET used_bytes = $used, reserved_bytes = $reserved, files_pending = $files_pending,
      files_received = $files_received, files_ready = $files_ready, files_rejected = $files_rejected,
      files_quarantined = $files_quarantined, files_expired = $files_expired, files_aborted = $files_aborted,
      files_deleted = $files_deleted, files_purging = $files_purging, files_purged = $files_purged,
      held_received = $held_received, held_quarantined = $held_quarantined, held_deleted = $held_deleted,
      held_purging = $held_purging
    WHERE id = $user
    """

  /// The user's files by state, with the bytes that they must hold; `mismatched` applies the same rule to single files.
  case recount = """
    SELECT state, COUNT(*) AS found, CAST(SUM(due) AS BIGINT) AS due,
      COUNT(CASE WHEN held <> due THEN 1 END) AS mismatched
    FROM (
      SELECT state, held_bytes AS held, CASE WHEN state IN ('pending', 'received') THEN claimed_size
        WHEN state IN ('ready', 'quarantined', 'deleted', 'purging') AND COALESCE(ready_at, quarantined_at) IS NOT NULL
        THEN size ELSE 0 END AS due
      FROM files WHERE user_id = $user
    ) AS holds
    GROUP BY state ORDER BY state
    """

  case mismatched = """
    SELECT id, state, held, used + reserved AS due FROM (
      SELECT id, state, held_bytes AS held,
        CASE WHEN state IN ('ready', 'quarantined', 'deleted', 'purging')
          AND COALESCE(ready_at, quarantined_at) IS NOT NULL THEN size ELSE 0 END AS used,
        CASE WHEN state IN ('pending', 'received') THEN claimed_size ELSE 0 END AS reserved
      FROM files WHERE user_id = $user
    ) AS holds
    WHERE held <> used + reserved
    ORDER BY id LIMIT $limit
    """
}
