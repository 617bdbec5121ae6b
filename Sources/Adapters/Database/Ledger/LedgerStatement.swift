/// SQL statements about the ledger of a migration; only SQLite runs them.
enum LedgerStatement: String, Statement {
  case identity = "SELECT tree, device, inode, endpoint, bucket FROM identity"

  case identify = """
    INSERT INTO identity (id, tree, device, inode, endpoint, bucket)
    VALUES (1, $tree, $device, $inode, $endpoint, $bucket)
    ON CONFLICT (id) DO UPDATE SET tree = excluded.tree, device = excluded.device, inode = excluded.inode
    """

  case choice = "SELECT value FROM choices WHERE name = $name"

  case choose = """
    INSERT INTO choices (name, value) VALUES ($name, $value) ON CONFLICT (name) DO UPDATE SET value = excluded.value
    """

  case beginRun = """
    INSERT INTO runs (kind, options, version, started_at) VALUES ($kind, $options, $version, $now) RETURNING id
    """

  case endRun = "UPDATE runs SET ended_at = $now, outcome = $outcome WHERE id = $run"

  case runs = """
    SELECT id, kind, options, version, started_at, ended_at, outcome FROM runs ORDER BY id DESC LIMIT $limit
    """

  case totals = "SELECT state, files, bytes FROM totals"

  case inState = "SELECT * FROM files WHERE state = $state AND id > $after ORDER BY id LIMIT $limit"

  case byKey = "SELECT * FROM files WHERE key > $after ORDER BY key LIMIT $limit"

  case byPath = "SELECT * FROM files WHERE path > $after ORDER BY path LIMIT $limit"

  case atPath = "SELECT * FROM files WHERE path = $path"

  case ofFile = "SELECT * FROM files WHERE file_id = $file"

  /// Finds the newest content of a path, and one that a newer content replaced.
  case knows = """
    SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM files WHERE file_id = $file)
      OR EXISTS (SELECT 1 FROM replaced WHERE file_id = $file)
    """

  case missingCount = "SELECT COUNT(*) AS found FROM files WHERE missing_since IS NOT NULL"

  case missing = "SELECT * FROM files WHERE missing_since IS NOT NULL AND id > $after ORDER BY id LIMIT $limit"

  case begin = """
    UPDATE files SET state = 'begun', attempts = attempts + 1, error = NULL, run = $run WHERE id = $id
    """

  case prove = """
    UPDATE files SET state = 'sent', digest = $digest, version = $version, etag = $etag, part_size = $part_size,
      part_digests = $part_digests, lost = NULL, error = NULL, run = $run
    WHERE id = $id
    """

  case move = "UPDATE files SET state = $state, error = $error, run = $run WHERE id = $id"

  case reread = """
    UPDATE files SET size = $size, mtime = $mtime, inode = $inode, mode = $mode, uid = $uid, gid = $gid, run = $run
    WHERE id = $id
    """

  case rekey = """
    UPDATE files SET state = 'found', file_id = $file, key = $key, attempts = 0, error = NULL, version = NULL,
      digest = NULL, etag = NULL, verified_at = NULL, part_size = NULL, part_digests = NULL, run = $run
    WHERE id = $id
    """

  case keepReplaced = """
    INSERT INTO replaced (file_id, row, user_id, key, previous_file_id, version, digest, etag, part_size, part_digests,
      size, mtime, state, run)
    SELECT file_id, id, user_id, key, previous_file_id, version, digest, etag, part_size, part_digests, size, mtime, state,
      $run
    FROM files WHERE id = $id AND file_id IS NOT NULL
    ON CONFLICT (file_id) DO NOTHING
    """

  case unsettled = """
    SELECT file_id, state, version, digest, size FROM replaced
    WHERE state IN ('changed', 'begun', 'failed', 'sent') AND file_id > $after ORDER BY file_id LIMIT $limit
    """

  case settle = "UPDATE replaced SET state = $state WHERE file_id = $file"

  /// Makes the last delivered content the content of the row again; `$keeps` is 1 if size and time stay.
  case revert = """
    UPDATE OR IGNORE files SET state = COALESCE($state, old.state), file_id = old.file_id, key = old.key,
      user_id = COALESCE(old.user_id, files.user_id), previous_file_id = old.previous_file_id, version = old.version,
      digest = old.digest, etag = old.etag, verified_at = NULL, part_size = old.part_size,
      part_digests = old.part_digests, error = NULL, run = $run,
      size = CASE WHEN $keeps = 1 THEN files.size ELSE old.size END,
      mtime = CASE WHEN $keeps = 1 THEN files.mtime ELSE old.mtime END
    FROM replaced AS old WHERE files.id = $id AND old.file_id = files.previous_file_id
    """

  case forgetReplaced = "DELETE FROM replaced WHERE file_id = (SELECT file_id FROM files WHERE id = $id)"

  case trash = """
    UPDATE files SET state = $state, missing_since = NULL, error = NULL, run = $run WHERE id = $id
    """

  case succeed = """
    UPDATE files SET state = 'changed', size = $size, mtime = $mtime, inode = $inode, mode = $mode, uid = $uid,
      gid = $gid, file_id = $file, key = $key, user_id = $user,
      previous_file_id = CASE WHEN state IN ('sent', 'received', 'verified', 'deleted') THEN file_id ELSE previous_file_id END,
      version = NULL, digest = NULL, etag = NULL, verified_at = NULL, part_size = NULL, part_digests = NULL, error = NULL,
      lost = CASE WHEN size = $size AND mtime = $mtime THEN lost END, attempts = 0, run = $run, missing_since = NULL
    WHERE id = $id
    """

  case assign = """
    UPDATE files SET state = $state, size = $size, mtime = $mtime, inode = $inode, mode = $mode, uid = $uid,
      gid = $gid, file_id = $file, key = $key, user_id = $user, error = $error, run = $run, attempts = 0,
      previous_file_id = CASE WHEN state IN ('sent', 'received', 'verified', 'deleted') THEN file_id
        WHEN state = 'vanished' THEN NULL ELSE previous_file_id END,
      version = NULL, digest = NULL, etag = NULL, verified_at = NULL, part_size = NULL, part_digests = NULL,
      missing_since = NULL
    WHERE id = $id
    """

  /// The lost files that no walk has found on the disk since.
  case lostCount = """
    SELECT COUNT(*) AS found FROM files WHERE lost IS NOT NULL AND state IN ('sent', 'received', 'verified')
    """

  case lost = """
    SELECT * FROM files WHERE lost IS NOT NULL AND state IN ('sent', 'received', 'verified') AND id > $after
    ORDER BY id LIMIT $limit
    """

  case isTaken = "SELECT 1 AS found FROM files WHERE key = $key AND id <> $id"

  case gone = "UPDATE files SET missing_since = $run WHERE id = $id AND missing_since IS NULL"

  case back = "UPDATE files SET missing_since = NULL, removed_at = NULL WHERE id = $id"

  case isRemoved = "SELECT 1 AS found FROM files WHERE id = $id AND removed_at IS NOT NULL"

  case idsInState = "SELECT id FROM files WHERE state = $state AND id > $after ORDER BY id LIMIT $limit"

  /// The files whose paths differ only in case or composition from another one, each group together.
  case alike = """
    SELECT * FROM files
    WHERE state <> 'vanished'
      AND folded IN (SELECT folded FROM files WHERE state <> 'vanished' GROUP BY folded HAVING COUNT(*) > 1)
    ORDER BY folded, id
    """

  case path = "SELECT path FROM files WHERE id = $id"

  case addFinding = """
    INSERT INTO findings (code, path, detail, lasting, run) VALUES ($code, $path, $detail, $lasting, $run)
    ON CONFLICT (code, path) DO UPDATE SET detail = excluded.detail, lasting = excluded.lasting,
      run = CASE WHEN findings.detail = excluded.detail THEN findings.run ELSE excluded.run END
    """

  case isEmpty = "SELECT NOT EXISTS (SELECT 1 FROM files) AS found"

  /// Removes the findings that a walk doubted and did not meet again.
  case forgetFindings = "DELETE FROM findings WHERE lasting = -1"

  /// Gives the findings that runs made after their plan to the run that plans next.
  case adoptFindings = "UPDATE findings SET run = $run WHERE run = 9223372036854775807"

  /// Doubts the findings of the last walk: nobody sees one until a walk meets it again, and it keeps its first run.
  case doubtFindings = "UPDATE findings SET lasting = -1 WHERE lasting = 0"

  /// Removes the lasting findings about the path of a row.
  case forgetFindingsOf = """
    DELETE FROM findings WHERE path = (SELECT path FROM files WHERE id = $id) AND lasting = 1
    """

  case forgetFinding = "DELETE FROM findings WHERE code = $code AND path = $path"

  case hasFinding = "SELECT 1 AS found FROM findings WHERE code = $code AND path = $path AND lasting >= 0"

  case findingCounts = """
    SELECT code, COUNT(*) AS found FROM findings WHERE run >= $since AND lasting >= 0 GROUP BY code ORDER BY code
    """

  case findings = """
    SELECT code, path, detail, lasting FROM findings
    WHERE code = $code AND path > $after AND run >= $since AND lasting >= $least ORDER BY path LIMIT $limit
    """

  case addUser = """
    INSERT INTO users (id, is_known) VALUES ($user, $is_known)
    ON CONFLICT (id) DO UPDATE SET is_known = excluded.is_known
    """

  case unknownUsers = "SELECT id FROM users WHERE is_known = 0 AND id > $after ORDER BY id LIMIT $limit"

  case users = "SELECT id FROM users WHERE id > $after ORDER BY id LIMIT $limit"

  case userCount = "SELECT COUNT(*) AS found FROM users WHERE is_known = $is_known"

  case beginUpload = """
    INSERT INTO uploads (row, upload, key, part_size) VALUES ($row, $upload, $key, $part_size)
    ON CONFLICT (row, upload) DO NOTHING
    """

  case addPart = """
    INSERT INTO upload_parts (row, upload, number, size, digest, etag)
    VALUES ($row, $upload, $number, $size, $digest, $etag)
    ON CONFLICT (row, upload, number)
      DO UPDATE SET size = excluded.size, digest = excluded.digest, etag = excluded.etag
    """

  case removeParts = "DELETE FROM upload_parts WHERE row = $row AND upload = $upload"

  case removeUpload = "DELETE FROM uploads WHERE row = $row AND upload = $upload"

  case uploads = "SELECT row, upload, key, part_size FROM uploads ORDER BY row, upload"

  case parts = """
    SELECT number, size, digest, etag FROM upload_parts WHERE row = $row AND upload = $upload ORDER BY number
    """

  /// The files to send, in one request each, and in parts of `$part_size` bytes from `$threshold` bytes on.
  case requests = """
    SELECT COALESCE(SUM(size < $threshold), 0) AS single, COALESCE(SUM(size >= $threshold), 0) AS multiparts,
      COALESCE(SUM(CASE WHEN size >= $threshold THEN MIN(10000, (size + $part_size - 1) / $part_size) ELSE 0 END), 0)
        AS parts
    FROM files WHERE state IN ('found', 'changed', 'begun', 'failed')
    """
}

/// The statements that a walk runs for each file, with positional parameters: binding by name costs more.
enum LedgerWalkStatement {
  /// Finds a file that needs no write: nothing about it has changed.
  static let unchanged = """
    SELECT id FROM files
    WHERE path = ? AND size = ? AND mtime = ? AND inode = ? AND mode = ? AND uid = ? AND gid = ?
      AND missing_since IS NULL AND removed_at IS NULL AND lost IS NULL AND state NOT IN ('skipped', 'vanished')
    """

  static let find = """
    SELECT id, size, mtime, state, missing_since IS NOT NULL OR removed_at IS NOT NULL, inode, mode, uid, gid,
      lost IS NOT NULL, user_id
    FROM files WHERE path = ?
    """

  static let insert = """
    INSERT INTO files (path, folded, size, mtime, inode, mode, uid, gid, state, file_id, user_id, key, error, run)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING
    """

  static let refresh = "UPDATE files SET inode = ?, mode = ?, uid = ?, gid = ? WHERE id = ?"
}
