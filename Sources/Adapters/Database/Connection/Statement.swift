/// A statement that runs after the tables are made, in SQL common to SQLite and PostgreSQL.
protocol Statement: RawRepresentable<String>, CaseIterable, Sendable {}
