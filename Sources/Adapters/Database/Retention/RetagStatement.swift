/// SQL statements about the tag of `RetentionRule` on the objects of files.
///
/// `users.retag_at` is the time at which a worker may take the user; it is in the future while a worker holds the user.
enum RetagStatement: String, Statement, CaseIterable {
  case isDue = "SELECT id FROM users WHERE retag_at <= $now LIMIT 1"

  case claim = """
    UPDATE users SET retag_at = $until
    WHERE id = (SELECT id FROM users WHERE retag_at <= $now ORDER BY retag_at LIMIT 1) AND retag_at <= $now
    RETURNING id, plan, standard_since, retagging
    """

  /// Records the files whose tags the holder of the user changes; no row if another worker holds the user.
  case hold = "UPDATE users SET retagging = $files WHERE id = $user AND retag_at = $until RETURNING id"

  case release = "UPDATE users SET retag_at = $next WHERE id = $user AND retag_at = $until"

  case finish = """
    UPDATE users SET retag_at = NULL
    WHERE id = $user AND retag_at = $until AND retagging IS NULL AND plan = $plan
      AND COALESCE(standard_since, -1) = $since
    RETURNING id
    """

  /// Makes the user due; the worker that holds the user loses the hold.
  case makeDue = "UPDATE users SET retag_at = COALESCE(retag_at + 1, $now) WHERE id = $user"

  case waiting = "SELECT COUNT(*) AS found FROM users WHERE retag_at IS NOT NULL"

  case set = "UPDATE files SET retention_tag = $tag WHERE id = $file AND retention_tag <> $tag"

  /// The identifier of the ready file after `$skipped` others.
  case bound = """
    SELECT id FROM files WHERE user_id = $user AND state = 'ready' AND id > $after
    ORDER BY id LIMIT 1 OFFSET $skipped
    """

  /// The ready files whose object has the tag and must not, or has none and should, as `RetentionRule.isTagged` says.
  case differing = """
    SELECT files.id AS id FROM files JOIN users ON users.id = files.user_id
    WHERE files.user_id = $user AND state = 'ready' AND files.id > $after AND files.id <= $through
      AND retention_tag <> CASE WHEN $expires = 1 AND plan = 'standard' AND keep_until IS NULL
        AND (standard_since IS NULL OR COALESCE(received_at, files.created_at) >= standard_since) THEN 1 ELSE 0 END
    ORDER BY files.id LIMIT $limit
    """

  /// The numbers of the user's ready files, and of those that `differing` finds.
  case progress = """
    SELECT COUNT(*) AS total,
      COUNT(CASE WHEN retention_tag <> CASE WHEN $expires = 1 AND plan = 'standard' AND keep_until IS NULL
        AND (standard_since IS NULL OR COALESCE(received_at, files.created_at) >= standard_since) THEN 1 ELSE 0 END
        THEN 1 END) AS differing
    FROM files JOIN users ON users.id = files.user_id
    WHERE files.user_id = $user AND state = 'ready'
    """
}
