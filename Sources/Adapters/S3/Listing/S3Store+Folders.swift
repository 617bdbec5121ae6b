internal import FoundationEssentials
internal import HTTP
public import Storage
internal import XML

extension S3Store: FolderListing {
  /// Returns a page of the folders and objects directly below `prefix`.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (delimiter)
  public func folders(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<BucketEntry> {
    var call = S3Call(method: "GET", bucket: bucket)
    call.query = [
      ("list-type", "2"), ("delimiter", "/"), ("encoding-type", "url"), ("prefix", prefix),
      ("max-keys", String(max(1, min(limit, 1000)))),
    ]
    if let token { call.query.append(("continuation-token", token)) }
    let answer = try listing(call, named: "ListBucket")
    var items: [BucketEntry] = []
    for line in answer.children {
      switch line.name {
      case "Contents": items.append(.object(try object(line, of: answer)))
      case "CommonPrefixes":
        guard let folder = line.content(of: "Prefix") else { throw malformed("a folder without a name") }
        items.append(.folder(try decoded(folder, of: answer)))
      default: break
      }
    }
    guard answer.isCut else { return Page(items: items, next: nil) }
    guard let next = answer.content(of: "NextContinuationToken") else { throw malformed("no token") }
    return try page(items, next: next, after: token)
  }
}
