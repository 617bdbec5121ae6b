extension Schema {
  /// Version 12: the deletion of files by age.
  ///
  /// `standard_since` is the time at which a premium user became a standard one. `retag_at` is the time
  /// from which a worker may compare the tags of the user's objects with the rule; NULL if they agree. `retagging` is the
  /// list of the files whose tags a worker is changing. `retention_tag` is 1 if the
  /// object has the tag `retention=standard`, or may have it. `keep_until` is the time before which a file is not deleted
  /// by age. `removed_by` tells who deleted a file: NULL for its owner or an administrator, `lifecycle` for a rule of the
  /// store, or `cleanup:` with the identifier of a run.
  static let retention = [
    "ALTER TABLE users ADD COLUMN standard_since BIGINT",
    "ALTER TABLE users ADD COLUMN retag_at BIGINT",
    "UPDATE users SET retag_at = 0",
    "ALTER TABLE users ADD COLUMN retagging TEXT",
    "CREATE INDEX users_retagged ON users (retag_at) WHERE retag_at IS NOT NULL",
    "ALTER TABLE files ADD COLUMN retention_tag BIGINT NOT NULL DEFAULT 0 CHECK (retention_tag IN (0, 1))",
    "ALTER TABLE files ADD COLUMN keep_until BIGINT",
    "ALTER TABLE files ADD COLUMN removed_by TEXT",
    "CREATE INDEX files_removed ON files (removed_by, id) WHERE removed_by IS NOT NULL",
    "DROP VIEW file_records",
    fileRecords,
  ]

  /// The columns of `FileRecord`.
  private static let fileRecords = """
    CREATE VIEW file_records AS
    SELECT files.id AS id, user_id, filename, search_name, content_type, claimed_size, size_is_limit, claimed_sha256,
      visibility, state, reason, exceeded_limit, raw_key, version_id, size, sha256, active_content, held_bytes,
      files.created_at AS created_at, expires_at, received_at, ready_at, quarantined_at, deleted_at, migration, successor_of,
      replaced_by, is_plain, accepts_unscanned, retention_tag, keep_until, removed_by, plan, standard_since, upload_id,
      part_size
    FROM files JOIN users ON users.id = files.user_id LEFT JOIN multipart_uploads ON multipart_uploads.file_id = files.id
    """
}
