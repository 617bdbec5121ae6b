import Core

extension SettingsReader {
  /// Returns where the database is; nil if a setting is invalid.
  mutating func databaseLocation() -> DatabaseLocation? {
    refuse("STOWAGE_DATABASE_PATH", "write STOWAGE_DATABASE_URL=sqlite:PATH instead")
    let prepares = choice("STOWAGE_DATABASE_PREPARE", fallback: Preparing.on) == .on
    return value(
      "STOWAGE_DATABASE_URL",
      "sqlite: with an absolute path, or postgresql:// with the host and the name of the database",
      fallback: "sqlite:/var/lib/stowage/stowage.sqlite",
      showing: { "\($0)" },
      parse: { Self.location($0, prepares: prepares) }
    )
  }

  private enum Preparing: String, CaseIterable { case on, off }

  private static func location(_ text: String, prepares: Bool) -> DatabaseLocation? {
    if text.hasPrefix("sqlite:/"), !text.hasPrefix("sqlite://") { return .sqlite(path: String(text.dropFirst(7))) }
    guard ["postgresql://", "postgres://"].contains(where: text.hasPrefix) else { return nil }
    return .postgresql(PostgreSQLServer(url: Secret(text), prepares: prepares))
  }
}
