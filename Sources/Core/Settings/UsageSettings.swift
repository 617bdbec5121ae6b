/// The settings of the collection of usage.
public struct UsageSettings: Hashable, Sendable {
  /// True if the worker collects usage once a day; default: false.
  public var isDaily: Bool
  /// The place to which the store delivers inventories of the buckets, or nil.
  public var inventory: InventorySetting?

  /// Creates the settings.
  public init(isDaily: Bool = false, inventory: InventorySetting? = nil) {
    (self.isDaily, self.inventory) = (isDaily, inventory)
  }
}

/// The place of S3 inventories: `bucket/prefix`, or the bucket alone.
public struct InventorySetting: Hashable, Sendable, CustomStringConvertible {
  /// The bucket.
  public let bucket: String
  /// The prefix without slashes at its ends; empty for none.
  public let prefix: String

  /// Nil if `text` has no valid name of a bucket, or a prefix with `//`, or with a slash at its end.
  ///
  /// S3 writes `//` for a prefix with a slash at its end, and one slash into the manifest, so such an inventory cannot be read.
  /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0].utf8
    let isName = name.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".")
    }
    guard (3...63).contains(name.count), isName else { return nil }
    bucket = parts[0]
    prefix = parts.count > 1 ? parts[1] : ""
    let isEmptyPart = prefix.split(separator: "/", omittingEmptySubsequences: false).contains { $0.isEmpty }
    guard parts.count == 1 || (!isEmptyPart && prefix.utf8.count <= 512) else { return nil }
    guard prefix.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
  }

  /// The place as text.
  public var description: String { prefix.isEmpty ? bucket : "\(bucket)/\(prefix)" }
}
