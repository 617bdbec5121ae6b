internal import FoundationEssentials
internal import HTTP
internal import Signing
public import Storage

extension S3Store {
  /// Starts a multipart upload.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
  public func createMultipartUpload(
    _ key: String,
    in bucket: String,
    options: PutOptions,
    hasPartChecksums: Bool
  ) throws(StoreError) -> UploadID {
    try checkObjectKey(key)
    try checkDescribesOnly(options)
    var call = S3Call(method: "POST", bucket: bucket, key: key, query: [("uploads", "")])
    call.headers = try descriptiveHeaders(options)
    if hasPartChecksums { call.headers.append(("x-amz-checksum-algorithm", "SHA256")) }
    let document = try result(call, with: "UploadId").document
    guard let id = document.content(of: "UploadId") else { throw malformed("no UploadId") }
    return UploadID(id)
  }

  /// Uploads a part of up to 5 GB.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
  public func uploadPart(
    _ body: ObjectBody,
    number: Int,
    to key: String,
    in bucket: String,
    upload: UploadID,
    sha256: [UInt8]?
  ) throws(StoreError) -> CompletedPart {
    try checkObjectKey(key)
    try checkPartNumber(number)
    let query = [(name: "partNumber", value: String(number)), ("uploadId", upload.description)]
    let head = try send(S3Call(method: "PUT", bucket: bucket, key: key, query: query), body, sha256: sha256)
    if let etag = etag(head) { return CompletedPart(number: number, etag: etag, sha256: sha256) }
    let tag = try partTag(number, body.length, to: key, in: bucket, upload)
    return CompletedPart(number: number, etag: tag, sha256: sha256)
  }

  /// Returns the entity tag of a part from the listing, for an upload response without a tag.
  private func partTag(
    _ number: Int,
    _ size: Int64,
    to key: String,
    in bucket: String,
    _ upload: UploadID
  ) throws(StoreError) -> ETag {
    let listed = try listParts(of: upload, to: key, in: bucket, after: String(number - 1), limit: 1).items
    guard let found = listed.first(where: { $0.part.number == number && $0.size == size }) else {
      throw .unexpected(detail: "an answer without ETag")
    }
    return found.part.etag
  }

  /// Aborts an upload and deletes its parts; a missing upload is no error.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
  public func abortMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError) {
    try checkObjectKey(key)
    let query = [(name: "uploadId", value: upload.description)]
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket, key: key, query: query))
    } catch .notFound {}
  }
}
