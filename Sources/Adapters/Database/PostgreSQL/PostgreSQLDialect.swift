/// The SQL that PostgreSQL wants and SQLite does not.
enum PostgreSQLDialect {
  /// The key of the advisory lock that one process at a time holds while it upgrades the tables: "stowage" in ASCII.
  static let upgradeLock: Int64 = 0x73_74_6f_77_61_67_65

  /// Begins a transaction whose reads see one snapshot.
  static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

  /// Begins a transaction that changes rows: a guarded UPDATE reads the row as it is once its lock is free.
  static let beginWriting = "BEGIN ISOLATION LEVEL READ COMMITTED"

  /// The number of the transaction, by which its outcome is found if the connection ends during the COMMIT.
  static let transactionID = "SELECT CAST(pg_current_xact_id() AS TEXT) AS xid"

  static let outcome = "SELECT pg_xact_status(CAST(CAST($xid AS TEXT) AS xid8)) AS outcome"

  static let lockUpgrade = "SELECT pg_advisory_xact_lock(\(upgradeLock))"

  /// An upgrade of a large table takes as long as it takes.
  static let unlimitedStatements =
    "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)"

  static let hasTable = "SELECT 1 AS found WHERE to_regclass(CAST($name AS TEXT)) IS NOT NULL"

  /// Locks rows of files against other writers, in one order; it stops no reader, and no row that refers to them.
  static let lockFiles = """
    SELECT id FROM files WHERE id = ANY(CAST($files AS TEXT[])) ORDER BY id FOR NO KEY UPDATE
    """

  /// The choice of a job passes over those that another process is claiming.
  private static let claims = Set([JobStatement.due, .dueMigrated].map(\.rawValue))

  /// Returns a statement of a transaction that changes rows.
  static func claiming(_ sql: String) -> String { claims.contains(sql) ? sql + " FOR UPDATE SKIP LOCKED" : sql }

  /// Returns a statement of the schema as PostgreSQL wants it.
  ///
  /// Texts are compared byte by byte, as in SQLite, whatever the locale of the database is.
  static func definition(_ sql: String) -> String {
    sql.replacing(/\bTEXT\b/) { _ in "TEXT COLLATE \"C\"" }
  }
}
