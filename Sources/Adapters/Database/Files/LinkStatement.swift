/// SQL statements about links to files.
enum LinkStatement: String, Statement {
  case create = """
    INSERT INTO links (id, file_id, secret_sha256, disposition, created_at, expires_at)
    VALUES ($link, $file, $sha256, $disposition, $now, $expires)
    """

  case live = """
    SELECT id, file_id, disposition, created_at, expires_at FROM links
    WHERE file_id = $file AND expires_at > $now ORDER BY id
    """

  case find = """
    SELECT id, file_id, disposition, created_at, expires_at FROM links
    WHERE secret_sha256 = $sha256 AND expires_at > $now
    """

  case count = "SELECT COUNT(*) AS found FROM links WHERE file_id = $file"

  case clear = "DELETE FROM links WHERE file_id = $file AND expires_at <= $now"

  case revoke = "DELETE FROM links WHERE id = $link AND file_id = $file"

  case forget = "DELETE FROM links WHERE file_id = $file"
}
