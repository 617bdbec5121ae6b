/// SQL statements about the proofs of a ledger's files; only SQLite runs them.
enum LedgerProofStatement: String, Statement {
  case glance = "SELECT id, size, mtime, digest, etag FROM files WHERE path = $path"

  case withKey = "SELECT * FROM files WHERE key = $key"

  case numbered = "SELECT * FROM files WHERE id = $id"

  case ids = "SELECT id FROM files WHERE id > $after ORDER BY id LIMIT $limit"

  /// The column of the tag also has the digest that the tag belongs to.
  ///
  /// A file that was removed and is on the disk again is no longer a removed one.
  case confirm = """
    UPDATE files SET state = 'verified', etag = COALESCE(digest || ' ' || $etag, etag), verified_at = $now, run = $run,
      lost = NULL, error = NULL,
      removed_at = CASE WHEN $on_disk = 1 THEN NULL ELSE removed_at END
    WHERE id = $id AND state IN ('received', 'verified')
    """

  case doubt = """
    UPDATE files SET state = 'received', verified_at = NULL, run = $run WHERE id = $id AND state = 'verified'
    """

  case lose = """
    UPDATE files SET state = 'received', verified_at = NULL, lost = digest, run = $run
    WHERE id = $id AND state IN ('received', 'verified')
    """

  case prunable = """
    SELECT * FROM files
    WHERE path > $after AND state = 'verified' AND verified_at < $before AND removed_at IS NULL
    ORDER BY path LIMIT $limit
    """

  case prunableTotal = """
    SELECT COUNT(*) AS files, COALESCE(SUM(size), 0) AS bytes FROM files
    WHERE state = 'verified' AND verified_at < $before AND removed_at IS NULL
    """

  case remove = "UPDATE files SET removed_at = $now, missing_since = NULL, run = $run WHERE id = $id"

  case keep = "UPDATE files SET removed_at = NULL, run = $run WHERE id = $id"

  case removedTotal = """
    SELECT COUNT(*) AS files, COALESCE(SUM(size), 0) AS bytes FROM files
    WHERE removed_at IS NOT NULL AND state IN ('sent', 'received', 'verified')
    """

  case removedPaths = """
    SELECT path FROM files WHERE removed_at IS NOT NULL AND path > $after ORDER BY path LIMIT $limit
    """
}
