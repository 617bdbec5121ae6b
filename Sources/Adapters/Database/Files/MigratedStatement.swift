/// SQL statements about migrated files: files that `stowage migrate` stores in the bucket.
///
/// A transition is a guarded UPDATE, as in `FileStatement`.
enum MigratedStatement: String, Statement {
  case create = """
    INSERT INTO files (id, user_id, filename, search_name, content_type, claimed_size, visibility, state, raw_key,
      held_bytes, created_at, expires_at, watch_at, migration, successor_of, former_path, accepts_unscanned)
    VALUES ($file, $user, $filename, $search_name, $content_type, $size, $visibility, 'pending', $raw_key, $size,
      $created, $now, NULL, $migration, $successor_of, $former_path, $accepts_unscanned)
    """

  /// Reserves quota for a migrated file, even more than the user has left.
  case reserve = """
    UPDATE users SET reserved_bytes = reserved_bytes + $size, files_pending = files_pending + 1
    WHERE id = $user AND erasing_at IS NULL
    """

  case receive = """
    UPDATE files SET state = 'received', received_at = $now, claimed_sha256 = $sha256, claimed_size = $size,
      version_id = $version
    WHERE id = $file AND state = 'pending' AND migration IS NOT NULL
    RETURNING user_id, held_bytes, state, 'pending' AS former
    """

  case abandon = """
    UPDATE files SET state = 'aborted' WHERE id = $file AND state = 'pending' AND migration IS NOT NULL
    RETURNING user_id, held_bytes, state, 'pending' AS former
    """

  case quarantine = """
    UPDATE files SET state = 'quarantined', reason = $reason, exceeded_limit = $exceeded, size = $size,
      sha256 = COALESCE($sha256, claimed_sha256), quarantined_at = $now
    WHERE id = $file AND state = 'received' AND migration IS NOT NULL AND EXISTS (SELECT 1 FROM jobs
      WHERE jobs.kind = 'process' AND jobs.file_id = files.id AND jobs.lease_token = $token AND jobs.due_at > $now)
    RETURNING user_id, held_bytes, state, 'received' AS former
    """

  /// The file becomes a plain one, which no browser opens inline.
  case release = """
    UPDATE files SET state = 'ready', reason = NULL, exceeded_limit = NULL, is_plain = 1, ready_at = $now
    WHERE id = $file AND state = 'quarantined' AND sha256 IS NOT NULL
    RETURNING user_id, held_bytes, state, 'quarantined' AS former
    """

  /// The file that stands for a former path: the newest ready one.
  ///
  /// Without a ready one, a content that its owner deleted comes before a quarantined one, and both before newer contents
  /// that are not checked yet: those must not be served from the old disk.
  case byFormerPath = """
    SELECT id FROM files
    WHERE former_path = $former AND state <> 'aborted'
    ORDER BY CASE
      WHEN state = 'ready' THEN 0
      WHEN state IN ('deleted', 'purging', 'purged') AND replaced_by IS NULL
        AND (ready_at IS NOT NULL OR quarantined_at IS NULL) THEN 1
      WHEN state = 'quarantined' THEN 2
      WHEN state = 'received' THEN 3
      WHEN state = 'pending' THEN 4
      ELSE 5 END, id DESC
    LIMIT 1
    """

  case kin = """
    SELECT id, user_id, state, ready_at, quarantined_at, successor_of, replaced_by, removed_by FROM files WHERE id = $file
    """

  case successors = """
    SELECT id, user_id, state, ready_at, quarantined_at, successor_of, replaced_by, removed_by FROM files
    WHERE successor_of = $file ORDER BY id
    """

  /// A file that was deleted by age before is deleted because of its successor from now on, so no undo restores it.
  case giveWay = """
    UPDATE files SET replaced_by = $to, removed_by = NULL WHERE id = $file AND migration IS NOT NULL
    """

  case unchecked = """
    SELECT id FROM files
    WHERE (state = 'pending' OR state = 'received') AND state = 'received' AND migration IS NOT NULL AND id > $after
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = 'process' AND jobs.file_id = files.id)
    ORDER BY id LIMIT $limit
    """
}
