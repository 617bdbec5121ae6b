internal import HTTP
internal import Signing
public import Storage
internal import XML

extension S3Store {
  /// Copies an object on the server, without a transfer through this process.
  ///
  /// A HEAD also checks the source's entity tag first, because Ceph ignores the condition and copies any object.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  public func copy(
    _ source: CopySource,
    to key: String,
    in bucket: String,
    replacement: PutOptions?
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(source.key)
    try checkObjectKey(key)
    if let etag = source.ifMatch {
      _ = try self.head(source.key, in: source.bucket, version: source.version, condition: .ifMatch(etag))
    }
    var call = S3Call(method: "PUT", bucket: bucket, key: key, isAssembly: true)
    call.headers = [
      ("x-amz-copy-source", sourceField(source, versionQuery(source.version, in: source.bucket))),
      ("x-amz-metadata-directive", replacement == nil ? "COPY" : "REPLACE"),
    ]
    if let etag = source.ifMatch { call.headers.append(("x-amz-copy-source-if-match", etag.headerValue)) }
    if let replacement {
      try checkDescribesOnly(replacement)
      call.headers += try descriptiveHeaders(replacement)
    }
    let (head, document) = try result(call, with: nil)
    let version = head["x-amz-version-id"].map(VersionID.init)
    if let etag = document.content(of: "ETag") { return PutResult(etag: ETag(etag), version: version) }
    guard document.name == "CopyObjectResult" else { throw malformed("\(document.name) without ETag") }
    let size = try self.head(source.key, in: source.bucket, version: source.version).size
    return try stored(key, in: bucket, version, size)
  }
}

private func sourceField(_ source: CopySource, _ query: [(name: String, value: String)]) -> String {
  percentEncodePath("/" + source.bucket + "/" + source.key) + (query.isEmpty ? "" : "?" + canonicalQuery(query))
}
