/// The statements of the migrator.
enum SchemaStatement: String, Statement {
  case version = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions"

  case applied = "INSERT INTO schema_versions (version, applied_at) VALUES ($version, $now)"

  case names = "SELECT id, filename FROM files WHERE id > $after ORDER BY id LIMIT $limit"

  case fold = "UPDATE files SET search_name = $search_name WHERE id = $file"
}
