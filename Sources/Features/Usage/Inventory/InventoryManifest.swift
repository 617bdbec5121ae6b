import Core
import Foundation

/// The manifest of an S3 inventory.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>
struct InventoryManifest {
  /// A file with rows.
  struct DataFile: Decodable, Hashable {
    let key: String
    let size: Int64
    let digest: String

    enum CodingKeys: String, CodingKey {
      case key, size
      case digest = "MD5checksum"
    }
  }

  private struct Document: Decodable {
    let sourceBucket: String
    let fileFormat: String
    let fileSchema: String
    let files: [DataFile]
  }

  /// Why a manifest cannot be used.
  struct Unusable: Error { let reason: String }

  /// The maximum length of a manifest, in bytes.
  static let maximumBytes = 16 << 20

  let files: [DataFile]
  let columns: InventoryColumns

  /// Reads the manifest of the inventory of `bucket`.
  init(json: [UInt8], of bucket: String) throws(Unusable) {
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(json)) else {
      throw Unusable(reason: "it is no manifest of an inventory")
    }
    guard document.sourceBucket == bucket else {
      throw Unusable(reason: "it is about another bucket than \(bucket)")
    }
    guard document.fileFormat == "CSV" else {
      throw Unusable(reason: "the format of its files must be CSV; choose CSV in the inventory configuration")
    }
    files = document.files
    columns = try InventoryColumns(schema: document.fileSchema, of: bucket)
  }
}

/// The positions of the fields in a row.
struct InventoryColumns {
  /// The fields that a count cannot do without; an inventory of current versions only lacks three of them.
  static let needed = [
    "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "StorageClass",
  ]

  let count: Int
  private let bucket: String
  private let places: [String: Int]

  init(schema: String, of bucket: String) throws(InventoryManifest.Unusable) {
    let names = schema.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    count = names.count
    self.bucket = bucket
    places = Dictionary(zip(names, names.indices).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    let missing = Self.needed.filter { !names.contains($0) }
    guard missing.isEmpty else {
      throw InventoryManifest.Unusable(
        reason:
          "it lacks \(missing.joined(separator: ", ")); the inventory configuration must include all versions, and"
          + " the fields Size, LastModifiedDate and StorageClass"
      )
    }
  }

  /// Returns the version that a row describes; nil for a row that is not valid or about another bucket.
  func version(of row: [String]) -> StoredVersion? {
    guard row.count == count, text(row, "Bucket") ?? bucket == bucket, let key = text(row, "Key").flatMap(Self.decoded),
      !key.isEmpty,
      let date = text(row, "LastModifiedDate").flatMap(Self.date)
    else { return nil }
    let isMarker = text(row, "IsDeleteMarker") == "true"
    let size = text(row, "Size") ?? ""
    guard let bytes = size.isEmpty && isMarker ? 0 : Int64(size), (0...StoredCount.largestObject).contains(bytes) else {
      return nil
    }
    return StoredVersion(
      key: key,
      version: text(row, "VersionId").flatMap { $0.isEmpty ? nil : $0 } ?? "null",
      isLatest: text(row, "IsLatest") != "false",
      isDeleteMarker: isMarker,
      size: bytes,
      lastModified: date,
      storageClass: text(row, "StorageClass")
    )
  }

  private func text(_ row: [String], _ name: String) -> String? { places[name].map { row[$0] } }

  /// Keys are encoded as in forms: a plus sign stands for a space.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html (the key name is URL-encoded)
  private static func decoded(_ key: String) -> String? { key.replacing("+", with: " ").removingPercentEncoding }

  /// Returns a time with or without fractions of a second.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html (LastModifiedDate)
  private static func date(_ text: String) -> Date? {
    (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
      ?? (try? Date(text, strategy: .iso8601))
  }
}
