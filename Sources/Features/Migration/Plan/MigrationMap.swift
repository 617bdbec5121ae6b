internal import Core
public import Database
internal import Signing

/// One row of the map from old paths to files, for updating an application's tables.
public struct MigrationMapRow: Hashable, Sendable, Encodable {
  /// The path below the root; bytes that are not UTF-8 are U+FFFD.
  public let path: String
  /// The path below the root, percent-encoded byte for byte.
  public let encodedPath: String
  /// The identifier of the file.
  public let fileId: String
  /// The key of the object.
  public let key: String
  /// The owner.
  public let userId: String

  /// The row of a file; nil for a skipped file.
  public init?(_ row: LedgerRow) {
    guard let file = row.file, let key = row.key, let user = row.user else { return nil }
    path = String(decoding: row.path, as: UTF8.self)
    encodedPath = percentEncodePath(row.path)
    fileId = file.description
    self.key = key
    userId = user.description
  }

  /// The first line of the map as CSV.
  public static let header = "path,encoded_path,file_id,key,user_id"

  /// The row as a line of CSV, without a line break behind it. Source: https://www.rfc-editor.org/rfc/rfc4180
  public var csv: String { [path, encodedPath, fileId, key, userId].map(Self.field).joined(separator: ",") }

  /// Returns the field in quotes if it needs them.
  private static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// Calls `body` with the row of every file that the bucket has or will have, in the order of the paths.
  public static func forEach(
    in ledger: MigrationLedger,
    _ body: (MigrationMapRow) throws -> Void
  ) throws {
    var last: [UInt8] = []
    while true {
      let rows = try ledger.rows(afterPath: last, limit: 1000)
      guard let end = rows.last else { return }
      for row in rows where row.state != .vanished {
        if let row = MigrationMapRow(row) { try body(row) }
      }
      last = end.path
    }
  }
}
