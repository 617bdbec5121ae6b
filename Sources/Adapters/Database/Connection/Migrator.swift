internal import Core
internal import Foundation

/// Upgrades the tables of a database to the newest schema version; it never downgrades them.
enum Migrator {
  /// Applies all missing versions in the caller's transaction, which no other process runs at the same time.
  ///
  /// Throws `schemaTooNew` if the database is newer than this program.
  static func migrate(_ connection: any Connection) throws {
    try connection.define(Schema.bookkeeping)
    let found = try version(of: connection)
    guard found <= Schema.newest else {
      throw DatabaseError.schemaTooNew(found: found, known: Schema.newest)
    }
    for version in found..<Schema.newest {
      for statement in Schema.versions[Int(version)] { try connection.define(statement) }
      if version + 1 == Schema.searchable { try foldNames(connection) }
      try connection.run(SchemaStatement.applied, ["version": version + 1, "now": Date().milliseconds])
    }
  }

  private static func foldNames(_ connection: any Connection) throws {
    var last = ""
    while true {
      let rows = try connection.run(SchemaStatement.names, ["after": last, "limit": 1000])
      guard let end = try rows.last?.text("id") else { return }
      for row in rows {
        let folded = FileName.folded(try row.text("filename"))
        try connection.run(SchemaStatement.fold, ["file": row.text("id"), "search_name": folded])
      }
      last = end
    }
  }

  /// Returns the schema version of the database, or 0 if it has no tables.
  static func version(of connection: any Connection) throws -> Int64 {
    guard try connection.hasTable("schema_versions") else { return 0 }
    return try connection.first(SchemaStatement.version, [:])?.integer("version") ?? 0
  }
}
