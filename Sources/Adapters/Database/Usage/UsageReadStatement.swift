/// SQL statements that read what collections of usage found.
enum UsageReadStatement: String, Statement {
  case latest = "SELECT * FROM usage_collections WHERE ended_at IS NOT NULL ORDER BY generation DESC LIMIT 1"

  case failed = """
    SELECT * FROM usage_collections WHERE failure IS NOT NULL AND generation > (SELECT COALESCE(MAX(generation), 0)
      FROM usage_collections WHERE ended_at IS NOT NULL)
    ORDER BY generation DESC LIMIT 1
    """

  case days = """
    SELECT day, bucket, storage_class, kind, objects, bytes FROM usage_days WHERE day >= $from AND day <= $to
    ORDER BY day, bucket, storage_class, kind
    """

  /// SQLite refuses a sum of integers that overflows, so the halves of damaged numbers are added.
  case totals = """
    SELECT bucket, storage_class, kind, SUM(objects) AS objects,
      SUM(bytes / 4294967296) * 4294967296 + SUM(bytes % 4294967296) AS bytes FROM usage_cohorts
    WHERE generation = $generation GROUP BY bucket, storage_class, kind ORDER BY bucket, storage_class, kind
    """

  case cohorts = """
    SELECT bucket, storage_class, kind, is_tagged, day, objects, bytes, small_objects, small_bytes FROM usage_cohorts
    WHERE generation = $generation ORDER BY bucket, storage_class, kind, is_tagged, day
    """

  case largest = """
    SELECT user_id, objects, bytes FROM usage_users WHERE generation = $generation
    ORDER BY bytes DESC, user_id LIMIT $limit
    """

  case ofUser = """
    SELECT user_id, bucket, storage_class, kind, objects, bytes FROM usage_counts
    WHERE generation = $generation AND user_id = $user ORDER BY bucket, storage_class, kind
    """

  /// The file to which an object of the raw bucket belongs.
  case file = "SELECT user_id, state, raw_key, migration, version_id, retention_tag FROM files WHERE raw_key = $key"

  /// The rows from `$from` to `$to`, and the one before them, which holds until the first of them.
  case daysOfUser = """
    SELECT day, objects, bytes FROM usage_user_days WHERE user_id = $user AND day <= $to
      AND day >= (SELECT COALESCE(MAX(day), $from) FROM usage_user_days AS before
        WHERE before.user_id = $user AND before.day <= $from)
    ORDER BY day
    """
}
