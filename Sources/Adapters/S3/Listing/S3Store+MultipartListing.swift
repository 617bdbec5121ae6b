public import Storage
internal import XML

extension S3Store {
  /// Returns a page of an upload's parts.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
  public func listParts(
    of upload: UploadID,
    to key: String,
    in bucket: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<PartSummary> {
    try checkObjectKey(key)
    var call = S3Call(method: "GET", bucket: bucket, key: key)
    call.query = [("uploadId", upload.description), ("max-parts", String(max(1, min(limit, 1000))))]
    if let token { call.query.append(("part-number-marker", token)) }
    let answer = try listing(call, named: "ListParts")
    var items: [PartSummary] = []
    for line in answer.children where line.name == "Part" {
      guard let etag = line.content(of: "ETag"), let place = Int(exactly: try number(line, "PartNumber")),
        partNumbers.contains(place)
      else { throw malformed("a part without tag or number") }
      items.append(
        PartSummary(
          part: CompletedPart(number: place, etag: ETag(etag), sha256: digest(line.text(of: "ChecksumSHA256"))),
          size: try number(line, "Size"),
          lastModified: try date(line, "LastModified")
        )
      )
    }
    guard answer.isCut else { return Page(items: items, next: nil) }
    let marker = answer.content(of: "NextPartNumberMarker") ?? items.last.map { String($0.part.number) }
    guard let next = marker.flatMap({ Int($0) }) else { throw malformed("no next part") }
    // Part numbers ascend; a marker that does not would repeat the same page without end.
    guard next > token.flatMap({ Int($0) }) ?? 0 else { throw malformed("a listing of parts that does not advance") }
    return Page(items: items, next: String(next))
  }

  /// Returns a page of the incomplete multipart uploads in a bucket.
  ///
  /// The request does not ask for encoded keys, because SeaweedFS announces the encoding and does not apply it.
  /// SeaweedFS pages by upload ID and sends no next key. MinIO lists only the uploads whose key equals `prefix`.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
  public func listMultipartUploads(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<UploadSummary> {
    var call = S3Call(method: "GET", bucket: bucket)
    call.query = [
      ("uploads", ""), ("prefix", prefix),
      ("max-uploads", String(max(1, min(limit, 1000)))),
    ]
    if let token { call.query += try markers(token, idName: "upload-id-marker") }
    let answer = try listing(call, named: "ListMultipartUploads")
    var items: [UploadSummary] = []
    for line in answer.children where line.name == "Upload" {
      guard let id = line.content(of: "UploadId") else { throw malformed("an upload without UploadId") }
      items.append(
        UploadSummary(
          key: try key(line, of: answer),
          upload: UploadID(id),
          initiated: try date(line, "Initiated"),
          storageClass: line.content(of: "StorageClass")
        )
      )
    }
    if answer.isCut, answer["NextKeyMarker"] == nil, let id = answer.content(of: "NextUploadIdMarker") {
      return try page(items, next: id + "\n", after: token)
    }
    let lines = items.map { ListedLine(key: $0.key, id: $0.upload.description) }
    return try page(items, next: try nextToken(answer, behind: lines, idName: "NextUploadIdMarker"), after: token)
  }
}
