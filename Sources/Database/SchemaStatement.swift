/// What the migrator runs.
enum SchemaStatement: String, Statement {
  case version = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions"

  case applied = "INSERT INTO schema_versions (version, applied_at) VALUES ($version, $now)"
}
