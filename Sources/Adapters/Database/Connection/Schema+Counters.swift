extension Schema {
  /// Version 18: the numbers of each user's files by state, and the bytes of those states whose bytes no other column says.
  ///
  /// `HoldingStatement` moves them. The last statement counts the files of a database of before, by the index `files_listed`
  /// alone. No column has a CHECK: a number that is wrong must not stop a file.
  static let counters =
    [
      "files_pending", "files_received", "files_ready", "files_rejected", "files_quarantined", "files_expired",
      "files_aborted", "files_deleted", "files_purging", "files_purged", "held_received", "held_quarantined",
      "held_deleted", "held_purging",
    ].map { "ALTER TABLE users ADD COLUMN \($0) BIGINT NOT NULL DEFAULT 0" } + [
      """
      UPDATE users SET
        files_pending = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'pending'),
        files_received = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'received'),
        files_ready = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'ready'),
        files_rejected = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'rejected'),
        files_quarantined = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'quarantined'),
        files_expired = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'expired'),
        files_aborted = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'aborted'),
        files_deleted = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'deleted'),
        files_purging = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'purging'),
        files_purged = (SELECT COUNT(*) FROM files WHERE user_id = users.id AND state = 'purged'),
        held_received =
          (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id AND state = 'received'),
        held_quarantined =
          (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id AND state = 'quarantined'),
        held_deleted = (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id AND state = 'deleted'),
        held_purging = (SELECT COALESCE(SUM(held_bytes), 0) FROM files WHERE user_id = users.id AND state = 'purging')
      """
    ]
}
