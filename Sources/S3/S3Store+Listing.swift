internal import FoundationEssentials
internal import HTTP
public import Storage

extension S3Store {
  /// A page of current objects.
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
    let answer = try document(call)
    var items: [ObjectSummary] = []
    for line in answer.children where line.name == "Contents" {
      items.append(
        ObjectSummary(
          key: try key(line, of: answer),
          size: try number(line, "Size"),
          etag: ETag(line.text(of: "ETag") ?? ""),
          lastModified: try date(line, "LastModified")
        )
      )
    }
    let isCut = answer.text(of: "IsTruncated") == "true"
    guard !isCut || answer.text(of: "NextContinuationToken") != nil else { throw malformed("no token") }
    return Page(items: items, next: isCut ? answer.text(of: "NextContinuationToken") : nil)
  }

  /// A page of versions and delete markers.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
  public func listVersions(
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
    let answer = try document(call)
    var items: [VersionSummary] = []
    for line in answer.children where line.name == "Version" || line.name == "DeleteMarker" {
      let isMarker = line.name == "DeleteMarker"
      items.append(
        VersionSummary(
          key: try key(line, of: answer),
          version: VersionID(line.text(of: "VersionId") ?? "null"),
          isLatest: line.text(of: "IsLatest") == "true",
          isDeleteMarker: isMarker,
          size: isMarker ? 0 : try number(line, "Size"),
          lastModified: try date(line, "LastModified")
        )
      )
    }
    return Page(items: items, next: try nextToken(answer, idName: "NextVersionIdMarker"))
  }
}
