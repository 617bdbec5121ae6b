/// The kind of an object, a delete marker or an incomplete upload in a bucket; usage counts each under exactly one.
public enum StoredKind: String, CaseIterable, Sendable {
  /// The newest version of an object that belongs to a file, a backup or a log.
  case current
  /// An older version of an object, or a version under a delete marker.
  case noncurrent
  /// A delete marker; it has no bytes.
  case marker
  /// A multipart upload that was begun at most seven days ago; its bytes are those of the parts that arrived.
  case multipart
  /// A multipart upload that was begun more than seven days ago.
  case staleMultipart = "stale-multipart"
  /// A rendering of an image.
  case variant
  /// The newest version of an object whose file is quarantined.
  case quarantined
  /// The newest version of an object that no file of the database refers to.
  case unknown
}
