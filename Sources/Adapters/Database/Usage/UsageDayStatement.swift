/// SQL statements about the history of users, in ranges of users: later than `$after`, up to `$through`.
enum UsageDayStatement: String, Statement {
  /// The last user of a range that has `$skipped` others.
  case range = """
    SELECT user_id FROM usage_users WHERE generation = $generation AND user_id > $after
    ORDER BY user_id LIMIT 1 OFFSET $skipped
    """

  /// Stores the users whose usage differs from what their history says.
  case record = """
    INSERT INTO usage_user_days (user_id, day, objects, bytes)
    SELECT user_id, $day, objects, bytes FROM usage_users AS found
    WHERE generation = $generation AND user_id > $after AND user_id <= $through
      AND NOT EXISTS (SELECT 1 FROM usage_user_days AS known WHERE known.user_id = found.user_id
        AND known.day = (SELECT MAX(day) FROM usage_user_days AS past WHERE past.user_id = found.user_id
          AND past.day <= $day)
        AND known.objects = found.objects AND known.bytes = found.bytes)
    ON CONFLICT (user_id, day) DO UPDATE SET objects = excluded.objects, bytes = excluded.bytes
    """

  /// Stores zero for the users of the collection before of whom the new one found nothing.
  case recordVanished = """
    INSERT INTO usage_user_days (user_id, day, objects, bytes)
    SELECT user_id, $day, 0, 0 FROM usage_users AS lost
    WHERE generation = $previous AND user_id > $after AND user_id <= $through
      AND NOT EXISTS (SELECT 1 FROM usage_users AS found
        WHERE found.generation = $generation AND found.user_id = lost.user_id)
    ON CONFLICT (user_id, day) DO UPDATE SET objects = 0, bytes = 0
    """

  /// Removes rows older than `$cutoff`; each user keeps the newest of them, which says what the user had at `$cutoff`.
  case trim = """
    DELETE FROM usage_user_days WHERE user_id > $after AND user_id <= $through AND day < (SELECT MAX(day)
      FROM usage_user_days AS newer WHERE newer.user_id = usage_user_days.user_id AND newer.day <= $cutoff)
    """

  case previous = """
    SELECT MAX(generation) AS generation FROM usage_collections
    WHERE ended_at IS NOT NULL AND generation < $generation
    """

  case forgetCounts = """
    DELETE FROM usage_counts WHERE user_id = $user AND generation IN (SELECT generation FROM usage_collections)
    """

  case forgetUser = """
    DELETE FROM usage_users WHERE user_id = $user AND generation IN (SELECT generation FROM usage_collections)
    """

  case forgetDays = "DELETE FROM usage_user_days WHERE user_id = $user"
}
