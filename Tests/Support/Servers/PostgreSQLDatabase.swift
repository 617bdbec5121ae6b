internal import Foundation

/// An empty database of one test on the PostgreSQL server that script/postgresql has started.
public final class PostgreSQLDatabase: Sendable {
  /// The URL of the server's first database; nil if the tests run on SQLite.
  public static let server = ProcessInfo.processInfo.environment["STOWAGE_TEST_POSTGRESQL"]

  /// The URL of the database.
  public let url: String
  /// The name of the database.
  public let name: String
  private let server: String

  /// Creates a database with a random name; a copy of `template` if it is given.
  public init(on server: String, copying template: String = "template0") throws {
    let name = "t" + UUID().uuidString.lowercased().filter { $0 != "-" }
    (self.name, self.server) = (name, server)
    url = server.replacing("/postgres?", with: "/\(name)?")
    try Self.execute("CREATE DATABASE \(name) TEMPLATE \(template)", on: server)
  }

  deinit { _ = try? Self.execute("DROP DATABASE \(name) WITH (FORCE)", on: server) }

  /// Runs SQL as psql does; returns its rows as text, one in a line.
  @discardableResult
  public func execute(_ sql: String) throws -> String { try Self.execute(sql, on: url) }

  @discardableResult
  private static func execute(_ sql: String, on url: String) throws -> String {
    let output = try run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", sql])
    return String(decoding: output, as: UTF8.self)
  }
}
