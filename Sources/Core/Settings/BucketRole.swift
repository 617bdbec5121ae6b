/// The purpose of a bucket; the raw value is the name of the folder with its documents.
public enum BucketRole: String, CaseIterable, Sendable {
  /// Access logs; first, because the other buckets can send their logs only to a bucket that accepts them.
  case logs
  /// Uploads as clients sent them.
  case raw
  /// Variants.
  case processed
  /// Backups of the database.
  case backups

  /// The name of the bucket.
  public func name(in names: BucketNames) -> String {
    switch self {
    case .logs: names.logs
    case .raw: names.raw
    case .processed: names.processed
    case .backups: names.backups
    }
  }
}
