internal import HTTP
internal import Signing
public import Storage

extension S3Store {
  /// Makes a copy inside the server; nothing of it passes through this process.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  public func copy(
    _ source: CopySource,
    to key: String,
    in bucket: String,
    replacement: PutOptions?
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(source.key)
    try checkObjectKey(key)
    var call = S3Call(method: "PUT", bucket: bucket, key: key, isAssembly: true)
    call.headers = [
      ("x-amz-copy-source", sourceField(source)),
      ("x-amz-metadata-directive", replacement == nil ? "COPY" : "REPLACE"),
    ]
    if let etag = source.ifMatch { call.headers.append(("x-amz-copy-source-if-match", etag.headerValue)) }
    if let replacement {
      try checkDescribesOnly(replacement)
      call.headers += try descriptiveHeaders(replacement)
    }
    let (head, document) = try result(call, with: "ETag")
    return try putResult(head, document)
  }
}

/// What was made, by the head and the document of an answer that has its tag only at the end.
func putResult(_ head: HTTPResponseHead, _ document: XMLElement) throws(StoreError) -> PutResult {
  guard let etag = document.text(of: "ETag"), !etag.isEmpty else { throw malformed("no ETag") }
  return PutResult(etag: ETag(etag), version: head["x-amz-version-id"].map(VersionID.init))
}

private func sourceField(_ source: CopySource) -> String {
  let query = versionQuery(source.version)
  return percentEncodePath("/" + source.bucket + "/" + source.key)
    + (query.isEmpty ? "" : "?" + canonicalQuery(query))
}
