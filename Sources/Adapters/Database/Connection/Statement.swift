/// A statement that runs after the migration, in SQL that works in SQLite and in PostgreSQL.
protocol Statement: RawRepresentable<String>, CaseIterable, Sendable {}
