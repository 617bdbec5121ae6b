/// SQL statements about multipart uploads.
enum MultipartStatement: String, Statement {
  case create = "INSERT INTO multipart_uploads (file_id, part_size) VALUES ($file, $part_size)"

  case name = "UPDATE multipart_uploads SET upload_id = $upload WHERE file_id = $file"

  case close = """
    UPDATE files SET expires_at = $now WHERE id = $file AND expires_at > $now
      AND EXISTS (SELECT 1 FROM multipart_uploads WHERE multipart_uploads.file_id = files.id)
    """

  case forget = """
    DELETE FROM multipart_uploads WHERE file_id = $file
      AND EXISTS (SELECT 1 FROM files WHERE files.id = multipart_uploads.file_id AND files.state <> 'pending')
    RETURNING file_id
    """

  case erase = "DELETE FROM multipart_uploads WHERE file_id = $file"

  case left = """
    SELECT id, user_id, state, raw_key, version_id, held_bytes, created_at, expires_at
    FROM multipart_uploads JOIN files ON files.id = multipart_uploads.file_id
    WHERE state <> 'pending' AND state <> 'received' AND multipart_uploads.file_id > $after
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = 'process' AND jobs.file_id = files.id)
    ORDER BY multipart_uploads.file_id LIMIT $limit
    """

  case openByKey = """
    SELECT id FROM files JOIN multipart_uploads ON multipart_uploads.file_id = files.id
    WHERE raw_key = $key AND state = 'pending' AND upload_id = $upload
    """
}
