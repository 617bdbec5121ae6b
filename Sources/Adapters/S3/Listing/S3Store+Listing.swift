internal import FoundationEssentials
internal import HTTP
public import Storage
internal import XML

extension S3Store {
  /// Returns a page of current objects.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  public func list(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<ObjectSummary> {
    var call = S3Call(method: "GET", bucket: bucket)
    call.query = [
      ("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix), ("max-keys", String(max(1, min(limit, 1000)))),
    ]
    if let token { call.query.append(("continuation-token", token)) }
    let answer = try listing(call, named: "ListBucket")
    var items: [ObjectSummary] = []
    for line in answer.children where line.name == "Contents" {
      items.append(try object(line, of: answer))
    }
    guard answer.isCut else { return Page(items: items, next: nil) }
    guard let next = answer.content(of: "NextContinuationToken") else { throw malformed("no token") }
    return try page(items, next: next, after: token)
  }

  /// Returns the object of one line of a listing.
  func object(_ line: XMLElement, of answer: XMLElement) throws(StoreError) -> ObjectSummary {
    ObjectSummary(
      key: try key(line, of: answer),
      size: try number(line, "Size"),
      etag: ETag(line.text(of: "ETag") ?? ""),
      lastModified: try date(line, "LastModified"),
      storageClass: line.content(of: "StorageClass")
    )
  }

  /// Returns a page of versions and delete markers.
  ///
  /// If the store cannot list versions, and the bucket never had versioning, the page lists the objects.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
  public func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    if let token, let plain = plainToken(token) {
      guard try isPlain(bucket) else { throw malformed("\(bucket) began to keep versions while it was listed") }
      return try plainPage(bucket, prefix: prefix, after: plain, limit: limit)
    }
    guard token == nil else { return try versionPage(bucket, prefix: prefix, after: token, limit: limit) }
    if !plainBuckets.contains(bucket) {
      do throws(StoreError) {
        return try versionPage(bucket, prefix: prefix, after: nil, limit: limit)
      } catch {
        guard case .invalidRequest = error, try !hasKeptVersions(bucket) else { throw error }
        plainBuckets.insert(bucket)
      }
    }
    return try plainPage(bucket, prefix: prefix, after: nil, limit: limit)
  }

  private func versionPage(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    var call = S3Call(method: "GET", bucket: bucket)
    call.query = [
      ("versions", ""), ("encoding-type", "url"), ("prefix", prefix), ("max-keys", String(max(1, min(limit, 1000)))),
    ]
    if let token { call.query += try markers(token, idName: "version-id-marker") }
    let answer = try listing(call, named: "ListVersions", isOptional: true)
    var items: [VersionSummary] = []
    for line in answer.children where line.name == "Version" || line.name == "DeleteMarker" {
      let isMarker = line.name == "DeleteMarker"
      items.append(
        VersionSummary(
          key: try key(line, of: answer),
          version: VersionID(line.content(of: "VersionId") ?? "null"),
          isLatest: line.text(of: "IsLatest") == "true",
          isDeleteMarker: isMarker,
          size: isMarker ? 0 : try number(line, "Size"),
          etag: isMarker ? nil : line.content(of: "ETag").map(ETag.init),
          lastModified: try date(line, "LastModified"),
          storageClass: isMarker ? nil : line.content(of: "StorageClass")
        )
      )
    }
    let lines = items.map { ListedLine(key: $0.key, id: $0.version.description) }
    return try page(items, next: try nextToken(answer, behind: lines, idName: "NextVersionIdMarker"), after: token)
  }
}
