/// Statements about users and their quota.
enum UserStatement: String, Statement {
  case find = """
    SELECT id, plan, quota_bytes, used_bytes, reserved_bytes, created_at FROM users WHERE id = $user
    """

  case create = """
    INSERT INTO users (id, plan, quota_bytes, created_at) VALUES ($user, $plan, $quota, $now) ON CONFLICT (id) DO NOTHING
    """

  case reserve = """
    UPDATE users SET reserved_bytes = reserved_bytes + $size
    WHERE id = $user AND $size <= quota_bytes - used_bytes - reserved_bytes
    RETURNING id
    """

  case openUploads = "SELECT COUNT(*) AS found FROM files WHERE user_id = $user AND state = 'pending'"

  case settle = """
    UPDATE users SET reserved_bytes = reserved_bytes + $reserved, used_bytes = used_bytes + $used WHERE id = $user
    """

  case recount = """
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
}
