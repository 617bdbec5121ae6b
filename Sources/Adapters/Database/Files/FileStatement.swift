/// SQL statements about files.
///
/// A transition is a guarded UPDATE. It returns the owner and the quota bytes of the file, the new state and the state of
/// before, or no row if the state of the file does not permit the transition. SQLite 3.38 to 3.40 takes `IS NULL`
/// after RETURNING for false even if the column is NULL, so COALESCE stands in its place there.
enum FileStatement: String, Statement {
  case create = """
    INSERT INTO files (id, user_id, filename, search_name, content_type, claimed_size, size_is_limit, claimed_sha256,
      visibility, state, raw_key, held_bytes, created_at, expires_at, watch_at)
    VALUES ($file, $user, $filename, $search_name, $content_type, $size, $is_limit, $sha256, $visibility, 'pending',
      $raw_key, $size, $now, $expires, $now)
    """

  case find = "SELECT * FROM file_records WHERE id = $file"

  /// A user's files of one state, newest first; the filters are LIKE patterns with `!` as the escape character.
  case listed = """
    SELECT * FROM file_records
    WHERE user_id = $user AND state = $state AND id < $before AND id >= $floor
      AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
      AND search_name LIKE $name ESCAPE '!'
    ORDER BY id DESC LIMIT $limit
    """

  /// The identifier of the file after `$skipped` others in the order of `listed`.
  case listedFloor = """
    SELECT id FROM files WHERE user_id = $user AND state = $state AND id < $before
    ORDER BY id DESC LIMIT 1 OFFSET $skipped
    """

  /// A user's files of one state, oldest first, filtered as by `listed`; `$ceiling` is the last file to read.
  case listedOldest = """
    SELECT * FROM file_records
    WHERE user_id = $user AND state = $state AND id > $after AND id <= $ceiling
      AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
      AND search_name LIKE $name ESCAPE '!'
    ORDER BY id LIMIT $limit
    """

  /// The identifier of the file after `$skipped` others in the order of `listedOldest`.
  case listedCeiling = """
    SELECT id FROM files WHERE user_id = $user AND state = $state AND id > $after
    ORDER BY id LIMIT 1 OFFSET $skipped
    """

  /// A user's files of one state by name, filtered as by `listed`, behind the file `$after`; '' is the start.
  case listedByName = """
    SELECT * FROM file_records WHERE id IN (
      SELECT id FROM files
      WHERE user_id = $user AND state = $state AND id >= $floor
        AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
        AND search_name LIKE $name ESCAPE '!'
        AND ($after = '' OR (search_name, id) > (SELECT search_name, id FROM files WHERE id = $after))
      ORDER BY search_name, id LIMIT $limit)
    """

  /// The reverse of `listedByName`.
  case listedByNameDescending = """
    SELECT * FROM file_records WHERE id IN (
      SELECT id FROM files
      WHERE user_id = $user AND state = $state AND id >= $floor
        AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
        AND search_name LIKE $name ESCAPE '!'
        AND ($after = '' OR (search_name, id) < (SELECT search_name, id FROM files WHERE id = $after))
      ORDER BY search_name DESC, id DESC LIMIT $limit)
    """

  /// A user's files of one state, smallest first, otherwise as `listedByName`.
  case listedSmallest = """
    SELECT * FROM file_records WHERE id IN (
      SELECT id FROM files
      WHERE user_id = $user AND state = $state AND id >= $floor
        AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
        AND search_name LIKE $name ESCAPE '!'
        AND ($after = '' OR (COALESCE(size, claimed_size), id) > (SELECT COALESCE(size, claimed_size), id FROM files WHERE id = $after))
      ORDER BY COALESCE(size, claimed_size), id LIMIT $limit)
    """

  /// The reverse of `listedSmallest`.
  case listedLargest = """
    SELECT * FROM file_records WHERE id IN (
      SELECT id FROM files
      WHERE user_id = $user AND state = $state AND id >= $floor
        AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
        AND search_name LIKE $name ESCAPE '!'
        AND ($after = '' OR (COALESCE(size, claimed_size), id) < (SELECT COALESCE(size, claimed_size), id FROM files WHERE id = $after))
      ORDER BY COALESCE(size, claimed_size) DESC, id DESC LIMIT $limit)
    """

  /// The files of all users, newest first, as `listed`; `$states` is a list such as `,ready,rejected,`.
  case listedOfAll = """
    SELECT * FROM file_records
    WHERE id < $before AND id >= $floor AND $states LIKE '%,' || state || ',%'
      AND content_type LIKE $type ESCAPE '!' AND visibility LIKE $visibility ESCAPE '!'
      AND search_name LIKE $name ESCAPE '!'
    ORDER BY id DESC LIMIT $limit
    """

  /// The identifier of the file after `$skipped` others in the order of `listedOfAll`.
  case listedOfAllFloor = "SELECT id FROM files WHERE id < $before ORDER BY id DESC LIMIT 1 OFFSET $skipped"

  case change = """
    UPDATE files SET filename = $filename, search_name = $search_name, visibility = $visibility
    WHERE id = $file AND state = $state AND filename = $old_filename AND visibility = $old_visibility
    RETURNING id
    """

  case unattended = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at FROM files
    WHERE (state = 'pending' OR state = 'received') AND migration IS NULL AND created_at <= $created AND id > $after
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = 'process' AND jobs.file_id = files.id)
    ORDER BY id LIMIT $limit
    """

  case overdue = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at FROM files
    WHERE state = 'pending' AND migration IS NULL AND expires_at <= $expired AND id > $after
    ORDER BY id LIMIT $limit
    """

  case watched = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at FROM files
    WHERE watch_at <= $now AND state <> 'pending' AND state <> 'received' AND id > $after AND id < $before
    ORDER BY id LIMIT $limit
    """

  case watch = "UPDATE files SET watch_at = $next WHERE id = $file"

  case outlived = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at FROM files
    WHERE state = 'deleted' AND deleted_at <= $deleted
      AND ($after = '' OR (deleted_at, id) > (SELECT deleted_at, id FROM files WHERE id = $after))
    ORDER BY deleted_at, id LIMIT $limit
    """

  case ofUser = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at FROM files
    WHERE user_id = $user AND id > $after
    ORDER BY id LIMIT $limit
    """

  case ready = "SELECT id FROM files WHERE state = 'ready' AND id > $after ORDER BY id LIMIT $limit"

  case byRawKey = "SELECT id, user_id, state, raw_key, migration FROM files WHERE raw_key = $key"

  case standing = "SELECT user_id, state FROM files WHERE id = $file"

  case erase = """
    DELETE FROM files WHERE id = $file AND state IN ('expired', 'aborted', 'purged')
    RETURNING user_id, held_bytes, state AS former
    """

  case owner = "SELECT user_id FROM files WHERE id = $file"

  /// Finds an upload that began with `$first` or later.
  case upload = "SELECT id FROM files WHERE id >= $first AND migration IS NULL LIMIT 1"

  /// Locks the row without a change, so that the rest of the transaction sees the row as it is at the commit.
  case lockReady = """
    UPDATE files SET held_bytes = held_bytes WHERE id = $file AND user_id = $user AND state = 'ready'
    RETURNING id
    """

  case setQuotaBytes = "UPDATE files SET held_bytes = $held WHERE id = $file"

  case open = """
    UPDATE files SET expires_at = $expires WHERE id = $file AND state = 'pending'
    RETURNING user_id, held_bytes, state, state AS former
    """

  case measure = """
    UPDATE files SET claimed_size = $size, size_is_limit = 0
    WHERE id = $file AND (state = 'pending' OR state = 'received') AND size_is_limit = 1 AND claimed_size >= $size
    RETURNING user_id, held_bytes, state, state AS former
    """

  case unmeasured = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at
    FROM files JOIN multipart_uploads ON multipart_uploads.file_id = files.id
    WHERE state = 'pending' AND size_is_limit = 1 AND upload_id IS NOT NULL AND id > $after
    ORDER BY id LIMIT $limit
    """

  case receive = """
    UPDATE files SET state = 'received', received_at = $now
    WHERE id = $file AND state = 'pending' AND migration IS NULL
    RETURNING user_id, held_bytes, state, 'pending' AS former
    """

  case expire = """
    UPDATE files SET state = 'expired'
    WHERE id = $file AND state = 'pending' AND migration IS NULL AND expires_at <= $expired
    RETURNING user_id, held_bytes, state, 'pending' AS former
    """

  case abort = """
    UPDATE files SET state = 'aborted'
    WHERE id = $file AND user_id = $user AND state = 'pending' AND migration IS NULL
    RETURNING user_id, held_bytes, state, 'pending' AS former
    """

  case publish = """
    UPDATE files SET state = 'ready', version_id = $version, size = $size, sha256 = $sha256,
      active_content = $active, ready_at = $now, content_type = COALESCE($content_type, content_type), is_plain = $plain
    WHERE id = $file AND state = 'received' AND EXISTS (SELECT 1 FROM jobs
      WHERE jobs.kind = 'process' AND jobs.file_id = files.id AND jobs.lease_token = $token AND jobs.due_at > $now)
    RETURNING user_id, held_bytes, state, 'received' AS former
    """

  case refresh = """
    UPDATE files SET held_bytes = held_bytes
    WHERE id = $file AND state = 'ready' AND sha256 = $sha256 AND EXISTS (SELECT 1 FROM jobs
      WHERE jobs.kind = 'render' AND jobs.file_id = files.id AND jobs.lease_token = $token AND jobs.due_at > $now)
    RETURNING user_id, held_bytes, state, state AS former
    """

  case reject = """
    UPDATE files SET state = 'rejected', reason = $reason, exceeded_limit = $exceeded
    WHERE id = $file AND state = 'received' AND migration IS NULL AND EXISTS (SELECT 1 FROM jobs
      WHERE jobs.kind = 'process' AND jobs.file_id = files.id AND jobs.lease_token = $token AND jobs.due_at > $now)
    RETURNING user_id, held_bytes, state, 'received' AS former
    """

  case deleteUnserved = """
    UPDATE files SET state = 'deleted', deleted_at = $now
    WHERE id = $file AND user_id = $user AND state IN ('pending', 'received', 'rejected')
    RETURNING user_id, held_bytes, state, CASE WHEN COALESCE(reason, '') <> '' THEN 'rejected'
      WHEN COALESCE(received_at, -1) >= 0 THEN 'received' ELSE 'pending' END AS former
    """

  case deleteKept = """
    UPDATE files SET state = 'deleted', deleted_at = $now
    WHERE id = $file AND user_id = $user AND state IN ('ready', 'quarantined')
    RETURNING user_id, held_bytes, state,
      CASE WHEN COALESCE(ready_at, -1) < 0 THEN 'quarantined' ELSE 'ready' END AS former
    """

  case restore = """
    UPDATE files SET state = CASE WHEN ready_at IS NULL THEN 'quarantined' ELSE 'ready' END, deleted_at = NULL,
      keep_until = COALESCE($keep, keep_until), removed_by = NULL
    WHERE id = $file AND user_id = $user AND state = 'deleted' AND COALESCE(ready_at, quarantined_at) IS NOT NULL
      AND deleted_at > $cutoff
    RETURNING user_id, held_bytes, state, 'deleted' AS former
    """

  case beginPurge = """
    UPDATE files SET state = 'purging'
    WHERE id = $file AND state = 'deleted'
      AND (deleted_at <= $cutoff OR COALESCE(ready_at, quarantined_at) IS NULL)
    RETURNING user_id, held_bytes, state, 'deleted' AS former
    """

  case purge = """
    UPDATE files SET state = 'purging' WHERE id = $file AND user_id = $user AND state = 'deleted'
    RETURNING user_id, held_bytes, state, 'deleted' AS former
    """

  case finishPurge = """
    UPDATE files SET state = 'purged' WHERE id = $file AND state = 'purging'
    RETURNING user_id, held_bytes, state, 'purging' AS former
    """
}
