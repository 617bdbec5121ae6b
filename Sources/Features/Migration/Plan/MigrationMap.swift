public import Core
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
  /// The state of the file in Stowage, such as `received` or `ready`; `unsent` for a file that has no record yet.
  public let state: String
  /// The path of the file's record in the API.
  public let fileUrl: String
  /// The path of the URL before the migration; nil if the first folder of the path does not name the owner.
  public let oldUrl: String?
  /// The URL of each image by the name of its variant; empty for other files, and unless the file is ready.
  public let images: [String: String]

  /// The row of a file; nil for a skipped file.
  init?(_ row: LedgerRow, _ record: FileRecord?, imagesURL: String, isTwin: Bool) {
    guard let file = row.file, let key = row.key, let user = row.user else { return nil }
    path = String(decoding: row.path, as: UTF8.self)
    encodedPath = percentEncodePath(row.path)
    fileId = file.description
    self.key = key
    userId = user.description
    state = record?.state.rawValue ?? "unsent"
    fileUrl = "/v1/files/\(file)"
    if case .user(let owner, _) = OwnerRule.firstFolder.owner(of: row.path), owner == user, !isTwin {
      oldUrl = "/uploads/" + encodedPath
    } else {
      oldUrl = nil
    }
    var images: [String: String] = [:]
    if let record, record.state == .ready {
      for variant in record.variants {
        images[variant.name.description] = "\(imagesURL)/\(record.visibility.pathPrefix)/\(variant.key)"
      }
    }
    self.images = images
  }

  /// Returns the first line of the map as CSV, with a column for each of these variants.
  public static func header(_ variants: [VariantName]) -> String {
    (["path", "encoded_path", "file_id", "key", "user_id", "state", "file_url", "old_url"]
      + variants.map { "image_\($0)" })
      .joined(separator: ",")
  }

  /// Returns the row as a line of CSV, without a line break behind it. Source: https://www.rfc-editor.org/rfc/rfc4180
  public func csv(_ variants: [VariantName]) -> String {
    ([path, encodedPath, fileId, key, userId, state, fileUrl, oldUrl ?? ""]
      + variants.map { images[$0.description] ?? "" })
      .map(Self.field).joined(separator: ",")
  }

  /// Returns the field in quotes if it needs them.
  private static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// Calls `body` with the row of every file that the bucket has or will have, in the order of the paths.
  ///
  /// `database` has the states and images, whose URLs begin with `imagesURL`.
  public static func forEach(
    in ledger: MigrationLedger,
    _ database: FileDatabase,
    imagesURL: String,
    _ body: (MigrationMapRow) throws -> Void
  ) throws {
    var last: [UInt8] = []
    while true {
      let rows = try ledger.rows(afterPath: last, limit: 1000)
      guard let end = rows.last else { return }
      for row in rows where row.state != .vanished {
        let record = try row.file.flatMap { try database.file($0) }
        let isTwin = try row.hasOpaqueKey && ledger.hasFinding(FindingCode.keyTaken.rawValue, at: row.path)
        if let row = MigrationMapRow(row, record, imagesURL: imagesURL, isTwin: isTwin) { try body(row) }
      }
      last = end.path
    }
  }
}
