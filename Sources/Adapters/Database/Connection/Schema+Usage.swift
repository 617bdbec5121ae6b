extension Schema {
  /// Version 15: what the buckets contain, as collections of usage counted it.
  ///
  /// Each collection has a `generation`. Its counts appear under this number while it is under way, so a reader who asks for the
  /// newest ended collection never sees a half. `usage_counts` and `usage_users` have rows of users only; `usage_cohorts` covers
  /// everything. `position` is the place at which the collection goes on, empty at the start. `failure` tells why a collection was
  /// given up. A row of `usage_user_days` says what a user had from that day on; a day without a row has the value of the day before.
  static let usage = [
    """
    CREATE TABLE usage_collections (
      generation BIGINT NOT NULL PRIMARY KEY,
      began_at BIGINT NOT NULL,
      ended_at BIGINT,
      failure TEXT,
      holder TEXT NOT NULL,
      position TEXT NOT NULL,
      entries BIGINT NOT NULL CHECK (entries >= 0),
      bytes BIGINT NOT NULL CHECK (bytes >= 0),
      requests BIGINT NOT NULL CHECK (requests >= 0),
      worked_ms BIGINT NOT NULL CHECK (worked_ms >= 0)
    )
    """,
    """
    CREATE TABLE usage_counts (
      generation BIGINT NOT NULL,
      user_id TEXT NOT NULL,
      bucket TEXT NOT NULL,
      storage_class TEXT NOT NULL,
      kind TEXT NOT NULL,
      objects BIGINT NOT NULL,
      bytes BIGINT NOT NULL,
      PRIMARY KEY (generation, user_id, bucket, storage_class, kind)
    )
    """,
    """
    CREATE TABLE usage_users (
      generation BIGINT NOT NULL,
      user_id TEXT NOT NULL,
      objects BIGINT NOT NULL,
      bytes BIGINT NOT NULL,
      PRIMARY KEY (generation, user_id)
    )
    """,
    "CREATE INDEX usage_users_largest ON usage_users (generation, bytes DESC, user_id)",
    """
    CREATE TABLE usage_cohorts (
      generation BIGINT NOT NULL,
      bucket TEXT NOT NULL,
      storage_class TEXT NOT NULL,
      kind TEXT NOT NULL,
      is_tagged BIGINT NOT NULL CHECK (is_tagged IN (0, 1)),
      day BIGINT NOT NULL,
      objects BIGINT NOT NULL,
      bytes BIGINT NOT NULL,
      small_objects BIGINT NOT NULL,
      small_bytes BIGINT NOT NULL,
      PRIMARY KEY (generation, bucket, storage_class, kind, is_tagged, day)
    )
    """,
    """
    CREATE TABLE usage_days (
      day BIGINT NOT NULL,
      bucket TEXT NOT NULL,
      storage_class TEXT NOT NULL,
      kind TEXT NOT NULL,
      objects BIGINT NOT NULL,
      bytes BIGINT NOT NULL,
      PRIMARY KEY (day, bucket, storage_class, kind)
    )
    """,
    """
    CREATE TABLE usage_user_days (
      user_id TEXT NOT NULL,
      day BIGINT NOT NULL,
      objects BIGINT NOT NULL,
      bytes BIGINT NOT NULL,
      PRIMARY KEY (user_id, day)
    )
    """,
  ]
}
