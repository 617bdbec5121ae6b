internal import Storage
internal import Synchronization

/// Buckets without versioning on a store that cannot list versions; cached for 20 s because versioning may be enabled
/// later.
///
/// Source: https://developers.cloudflare.com/r2/api/s3/api/ (ListObjectVersions is not there)
final class PlainBuckets: Sendable {
  private static let life = Duration.seconds(20)
  private let known = Mutex<[String: ContinuousClock.Instant]>([:])

  func contains(_ bucket: String) -> Bool { known.withLock { $0[bucket].map { ContinuousClock.now < $0 } ?? false } }

  func insert(_ bucket: String) { known.withLock { $0[bucket] = ContinuousClock.now + Self.life } }
}

/// The version ID of objects in a bucket without versioning.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
private let null = VersionID("null")

/// The prefix of a continuation token if objects are listed instead of versions; no version ID begins with it.
private let plainMark = "\u{1}\n"

/// Returns the object listing's token inside `token`; nil if `token` belongs to a listing of versions.
func plainToken(_ token: String) -> String? {
  token.hasPrefix(plainMark) ? String(token.dropFirst(plainMark.count)) : nil
}

extension S3Store {
  /// True if the store cannot list the versions of this bucket and reports that versioning was never enabled.
  func isPlain(_ bucket: String) throws(StoreError) -> Bool {
    if !plainBuckets.contains(bucket) { _ = try listVersions(bucket, prefix: "", after: nil, limit: 1) }
    return plainBuckets.contains(bucket)
  }

  /// True if the bucket has or had versioning; false on a store without this feature.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
  func hasKeptVersions(_ bucket: String) throws(StoreError) -> Bool { try versioning(of: bucket) != nil }

  /// Returns a page of objects, each as the only version of its key.
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
        etag: object.etag.description.isEmpty ? nil : object.etag,
        lastModified: object.lastModified,
        storageClass: object.storageClass
      )
    }
    return Page(items: items, next: page.next.map { plainMark + $0 })
  }

  /// Returns the query that selects a version; empty for an object of a bucket without versioning.
  func versionQuery(_ version: VersionID?, in bucket: String) -> [(name: String, value: String)] {
    version == null && plainBuckets.contains(bucket) ? [] : version.map { [("versionId", $0.description)] } ?? []
  }

  /// True if `version`, which the store rejected, is the only version of an object in a bucket without versioning.
  func isObject(_ version: VersionID?, in bucket: String) throws(StoreError) -> Bool {
    guard version == null, !plainBuckets.contains(bucket) else { return false }
    return try isPlain(bucket)
  }
}
