/// SQL statements about runs of `stowage cleanup` and about chores.
enum CleanupStatement: String, Statement {
  case readyFiles = """
    SELECT id, held_bytes, COALESCE(received_at, created_at) AS arrived_at, keep_until FROM files
    WHERE user_id = $user AND state = 'ready' AND id > $after
    ORDER BY id LIMIT $limit
    """

  case mark = "UPDATE files SET removed_by = $cause WHERE id = $file"

  case count = """
    INSERT INTO cleanup_runs (id, started_at, files, bytes) VALUES ($run, $now, $files, $bytes)
    ON CONFLICT (id) DO UPDATE SET files = cleanup_runs.files + excluded.files, bytes = cleanup_runs.bytes + excluded.bytes
    """

  /// The runs, newest first, with the files that are still deleted and not purged.
  case runs = """
    SELECT id, started_at, files, bytes,
      (SELECT COUNT(*) FROM files AS held WHERE held.removed_by = 'cleanup:' || cleanup_runs.id AND held.state = 'deleted')
        AS deleted,
      (SELECT MIN(held.deleted_at) FROM files AS held
        WHERE held.removed_by = 'cleanup:' || cleanup_runs.id AND held.state = 'deleted') AS first_deletion
    FROM cleanup_runs WHERE ($run = '' OR id = $run) ORDER BY started_at DESC, id DESC LIMIT $limit
    """

  case removed = "SELECT id FROM files WHERE removed_by = $cause AND id > $after ORDER BY id LIMIT $limit"

  case placed = """
    SELECT id, raw_key, version_id, migration FROM files
    WHERE raw_key >= $low AND raw_key < $high AND state = 'ready'
    ORDER BY raw_key LIMIT $limit
    """

  case placedFrom = """
    SELECT id, raw_key, version_id, migration FROM files WHERE raw_key >= $low AND state = 'ready'
    ORDER BY raw_key LIMIT $limit
    """

  case chore = "SELECT started_at, position, lease_until FROM chores WHERE name = $name"

  case addChore = """
    INSERT INTO chores (name, started_at, position, lease_token, lease_until) VALUES ($name, 0, NULL, NULL, 0)
    ON CONFLICT (name) DO NOTHING
    """

  case claimChore = """
    UPDATE chores SET started_at = CASE WHEN position IS NULL THEN $now ELSE started_at END,
      position = COALESCE(position, ''), lease_token = $token, lease_until = $until
    WHERE name = $name AND lease_until <= $now AND (position IS NOT NULL OR started_at <= $before)
    RETURNING started_at, position
    """

  case leaveChore = """
    UPDATE chores SET position = $position, lease_token = NULL, lease_until = 0
    WHERE name = $name AND lease_token = $token
    RETURNING name
    """
}
