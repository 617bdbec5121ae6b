/// SQL statements that write collections of usage.
enum UsageStatement: String, Statement {
  case lease = "SELECT lease_until FROM chores WHERE name = 'usage'"

  case free = "UPDATE chores SET lease_token = NULL, lease_until = 0 WHERE name = 'usage'"

  case leave = """
    UPDATE chores SET lease_token = NULL, lease_until = 0 WHERE name = 'usage' AND lease_token = $token
    RETURNING name
    """

  case renew = "UPDATE chores SET lease_until = $until WHERE name = 'usage' AND lease_token = $token RETURNING name"

  case underWay = """
    SELECT * FROM usage_collections WHERE ended_at IS NULL AND failure IS NULL ORDER BY generation DESC LIMIT 1
    """

  case begin = """
    INSERT INTO usage_collections (generation, began_at, holder, position, entries, bytes, requests, worked_ms)
    SELECT COALESCE(MAX(generation), 0) + 1, $now, $holder, '', 0, 0, 0, 0 FROM usage_collections
    RETURNING *
    """

  case hold = "UPDATE usage_collections SET holder = $holder WHERE generation = $generation RETURNING *"

  case advance = """
    UPDATE usage_collections SET position = $position, entries = entries + $entries, bytes = bytes + $bytes,
      requests = requests + $requests, worked_ms = worked_ms + $worked
    WHERE generation = $generation
    """

  case count = """
    INSERT INTO usage_counts (generation, user_id, bucket, storage_class, kind, objects, bytes)
    VALUES ($generation, $user, $bucket, $class, $kind, $objects, $bytes)
    ON CONFLICT (generation, user_id, bucket, storage_class, kind) DO UPDATE
    SET objects = usage_counts.objects + excluded.objects, bytes = usage_counts.bytes + excluded.bytes
    """

  case countUser = """
    INSERT INTO usage_users (generation, user_id, objects, bytes) VALUES ($generation, $user, $objects, $bytes)
    ON CONFLICT (generation, user_id) DO UPDATE
    SET objects = usage_users.objects + excluded.objects, bytes = usage_users.bytes + excluded.bytes
    """

  case countCohort = """
    INSERT INTO usage_cohorts (generation, bucket, storage_class, kind, is_tagged, day, objects, bytes, small_objects,
      small_bytes)
    VALUES ($generation, $bucket, $class, $kind, $tagged, $day, $objects, $bytes, $small_objects, $small_bytes)
    ON CONFLICT (generation, bucket, storage_class, kind, is_tagged, day) DO UPDATE
    SET objects = usage_cohorts.objects + excluded.objects, bytes = usage_cohorts.bytes + excluded.bytes,
      small_objects = usage_cohorts.small_objects + excluded.small_objects,
      small_bytes = usage_cohorts.small_bytes + excluded.small_bytes
    """

  case endFailed = "UPDATE usage_collections SET failure = $failure WHERE generation = $generation"

  case end = "UPDATE usage_collections SET ended_at = $now, position = '' WHERE generation = $generation"

  case endChore = """
    UPDATE chores SET position = NULL, lease_token = NULL, lease_until = 0 WHERE name = 'usage' AND lease_token = $token
    RETURNING name
    """

  case clearDay = "DELETE FROM usage_days WHERE day = $day"

  case fillDay = """
    INSERT INTO usage_days (day, bucket, storage_class, kind, objects, bytes)
    SELECT $day, bucket, storage_class, kind, SUM(objects),
      SUM(bytes / 4294967296) * 4294967296 + SUM(bytes % 4294967296) FROM usage_cohorts
    WHERE generation = $generation GROUP BY bucket, storage_class, kind
    """

  /// The generations whose counts nobody reads any more.
  case outdated = """
    SELECT generation FROM usage_collections WHERE generation <> (SELECT COALESCE(MAX(generation), 0)
      FROM usage_collections WHERE ended_at IS NOT NULL) AND (ended_at IS NOT NULL OR failure IS NOT NULL)
    ORDER BY generation
    """

  case discardCounts = """
    DELETE FROM usage_counts WHERE generation = $generation AND user_id IN (SELECT user_id FROM usage_users
      WHERE generation = $generation ORDER BY user_id LIMIT $limit)
    """

  case discardUsers = """
    DELETE FROM usage_users WHERE generation = $generation AND user_id IN (SELECT user_id FROM usage_users
      WHERE generation = $generation ORDER BY user_id LIMIT $limit)
    """

  case discardCohorts = "DELETE FROM usage_cohorts WHERE generation = $generation"

  /// A failed collection stays on record until a later one ends.
  case forget = """
    DELETE FROM usage_collections WHERE generation = $generation AND generation < (SELECT COALESCE(MAX(generation), 0)
      FROM usage_collections WHERE ended_at IS NOT NULL)
    """
}
