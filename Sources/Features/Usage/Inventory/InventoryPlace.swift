public import Core

/// The place to which a store delivers S3 inventories: `bucket/prefix`.
public struct InventoryPlace: Hashable, Sendable {
  /// The bucket with the inventories.
  public let bucket: String
  /// The prefix of their keys, empty or with a slash at its end.
  public let prefix: String

  /// Creates a place from the value of `STOWAGE_INVENTORY`.
  public init(_ setting: InventorySetting) {
    bucket = setting.bucket
    prefix = setting.prefix.isEmpty ? "" : setting.prefix + "/"
  }

  /// The place as text, for a position.
  var text: String { "\(bucket)/\(prefix)" }
}

/// A place in an inventory, as the database keeps it.
struct InventoryPosition: Codable, Hashable {
  /// The value of `STOWAGE_INVENTORY` that led to the manifest; nil in positions of earlier versions.
  var place: String?
  /// The key of the manifest.
  let manifest: String
  /// The MD5 of the manifest: a manifest that was replaced meanwhile is another inventory.
  let digest: String
  /// The number of the data file in the manifest.
  var file = 0
  /// The number of rows of this file that are counted.
  var rows = 0
}
