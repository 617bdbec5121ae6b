internal import Database

/// The source of a migration, with which a comparison compares its ledger.
public enum VerifySource: Sendable {
  /// The folder on the disk.
  case folder(TreeRoot)
  /// The source bucket.
  case bucket(BucketSource)

  /// The place of a file, for messages.
  var place: String {
    switch self {
    case .folder: "on the disk"
    case .bucket: "in the source bucket"
    }
  }

  /// Reads the file of a row, and returns true if it has the digest.
  func hasDigest(_ digest: [UInt8], of row: LedgerRow) -> Result<Bool, TreeError> {
    switch self {
    case .folder(let root): root.hasDigest(digest, at: row.path)
    case .bucket(let bucket): bucket.hasDigest(digest, of: row)
    }
  }
}

/// A file of the source.
struct SourceFile {
  let path: [UInt8]
  let facts: LedgerFacts
  /// The entity tag in the list of the source bucket; nil for a file of the disk.
  var etag: String?
}
