internal import Storage
internal import Synchronization

/// Buckets without versions, of a store that cannot list any: known for some seconds, for versions may be turned on.
///
/// Source: https://developers.cloudflare.com/r2/api/s3/api/ (ListObjectVersions is not there)
final class PlainBuckets: Sendable {
  private static let life = Duration.seconds(20)
  private let known = Mutex<[String: ContinuousClock.Instant]>([:])

  func contains(_ bucket: String) -> Bool { known.withLock { $0[bucket].map { ContinuousClock.now < $0 } ?? false } }

  func insert(_ bucket: String) { known.withLock { $0[bucket] = ContinuousClock.now + Self.life } }
}

/// The version of every object in a bucket that keeps none.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
private let null = VersionID("null")

/// What a page's `next` begins with where objects are listed in the place of versions; no version is called so.
private let plainMark = "\u{1}\n"

/// The token of a plain listing that `token` holds; nil where it is one of versions.
func plainToken(_ token: String) -> String? {
  token.hasPrefix(plainMark) ? String(token.dropFirst(plainMark.count)) : nil
}

extension S3Store {
  /// Whether the store cannot list this bucket's versions and says that there are none.
  func isPlain(_ bucket: String) throws(StoreError) -> Bool {
    if !plainBuckets.contains(bucket) { _ = try listVersions(bucket, prefix: "", after: nil, limit: 1) }
    return plainBuckets.contains(bucket)
  }

  /// Whether the bucket keeps versions or has kept some; never on a store that knows no such setting.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
  func hasKeptVersions(_ bucket: String) throws(StoreError) -> Bool { try versioning(of: bucket) != nil }

  /// A page of objects as their only versions.
  func plainPage(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    let page = try list(bucket, prefix: prefix, after: token, limit: limit)
    let items = page.items.map { object in
      VersionSummary(
        key: object.key,
        version: null,
        isLatest: true,
        isDeleteMarker: false,
        size: object.size,
        lastModified: object.lastModified
      )
    }
    return Page(items: items, next: page.next.map { plainMark + $0 })
  }

  /// What names a version in a query: nothing where the object is all there is.
  func versionQuery(_ version: VersionID?, in bucket: String) -> [(name: String, value: String)] {
    version == null && plainBuckets.contains(bucket) ? [] : version.map { [("versionId", $0.description)] } ?? []
  }

  /// Whether a version that the store refused to hear of is the object itself.
  func isObject(_ version: VersionID?, in bucket: String) throws(StoreError) -> Bool {
    guard version == null, !plainBuckets.contains(bucket) else { return false }
    return try isPlain(bucket)
  }
}
