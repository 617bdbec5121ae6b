/// SQL statements about the variants of files.
enum VariantStatement: String, Statement {
  case current = """
    SELECT name, v, key, place, content_type, width, height, size FROM variants
    WHERE file_id = $file AND is_current = 1 ORDER BY name
    """

  /// The current variants of `$count` files; `$files` is the concatenation of their identifiers of 36 characters each.
  case ofPage = """
    WITH RECURSIVE page (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM page WHERE n + 1 < $count)
    SELECT file_id, name, v, key, place, content_type, width, height, size
    FROM page JOIN variants ON file_id = substr(CAST($files AS TEXT), n * 36 + 1, 36) AND is_current = 1
    ORDER BY file_id, name
    """

  case find = """
    SELECT files.state, files.visibility, files.content_type AS source_type, files.is_plain, files.sha256,
      variants.name, variants.v, variants.key, variants.place, variants.content_type,
      variants.width, variants.height, variants.size
    FROM files LEFT JOIN variants
      ON variants.file_id = files.id AND variants.name = $name AND variants.is_current = 1
    WHERE files.id = $file AND files.user_id = $user
    """

  case issued = "SELECT key FROM variants WHERE file_id = $file ORDER BY key"

  case retire = "UPDATE variants SET is_current = 0 WHERE file_id = $file AND is_current = 1"

  case store = """
    INSERT INTO variants (file_id, name, v, key, place, content_type, width, height, size, created_at, is_current)
    VALUES ($file, $name, $v, $key, $place, $content_type, $width, $height, $size, $now, 1)
    ON CONFLICT (file_id, name, v) DO UPDATE SET key = excluded.key, place = excluded.place, content_type = excluded.content_type,
      width = excluded.width, height = excluded.height, size = excluded.size, is_current = 1
    """

  /// Records another place of a current variant, unless the place, the file's visibility or the lease has changed.
  case relocate = """
    UPDATE variants SET place = $place
    WHERE file_id = $file AND name = $name AND v = $v AND is_current = 1 AND COALESCE(place, '') = $from
      AND EXISTS (SELECT 1 FROM files WHERE files.id = variants.file_id AND files.visibility = $visibility
        AND files.state = 'ready')
      AND EXISTS (SELECT 1 FROM jobs WHERE jobs.file_id = variants.file_id AND jobs.lease_token = $token
        AND jobs.state = 'leased')
    RETURNING file_id
    """

  case visibility = "SELECT visibility FROM files WHERE id = $file"

  /// Deletes the variants of a purged file, unless a cache invalidation job still needs their URLs.
  ///
  /// The last round of that job runs this statement again.
  case forget = """
    DELETE FROM variants WHERE file_id = $file
      AND EXISTS (SELECT 1 FROM files WHERE files.id = variants.file_id AND files.state = 'purged')
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = 'purge' AND jobs.file_id = variants.file_id)
    """

  case erase = "DELETE FROM variants WHERE file_id = $file"
}
