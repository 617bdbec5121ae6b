internal import FoundationEssentials
internal import HTTP
internal import Signing
public import Storage

extension S3Store {
  /// Begins an upload in parts.
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
    guard let id = document.text(of: "UploadId"), !id.isEmpty else { throw malformed("no UploadId") }
    return UploadID(id)
  }

  /// Stores a part of up to 5 GB.
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
    return CompletedPart(number: number, etag: try etag(head), sha256: sha256)
  }

  /// Makes the object of the parts named; where the upload is gone, the object's own tag tells whether they were made one.
  ///
  /// For that the account must be allowed to read the object, and the store to give it the MD5 of the parts' MD5 as tag:
  /// AWS does unless it encrypts with KMS or customer keys, SeaweedFS, MinIO and Ceph do. Else the answer is `notFound`.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    try checkParts(parts)
    let query = [(name: "uploadId", value: upload.description)]
    var call = S3Call(method: "POST", bucket: bucket, key: key, query: query, isAssembly: true)
    if ifNoneMatch { call.headers.append(("if-none-match", "*")) }
    let lines = try parts.map(completionLine).joined()
    try call.setDocument(
      "<CompleteMultipartUpload xmlns=\"\(namespace)\">\(lines)</CompleteMultipartUpload>",
      isChecksumSent: false
    )
    do {
      let (head, document) = try result(call, with: "ETag")
      return try putResult(head, document)
    } catch .notFound {
      return try objectMade(of: parts, key, in: bucket)
    }
  }

  /// The object that a completion has made already; AWS refuses (403) to tell a missing key to who may not list the bucket.
  private func objectMade(
    of parts: [CompletedPart],
    _ key: String,
    in bucket: String
  ) throws(StoreError) -> PutResult {
    do {
      let found = try head(key, in: bucket)
      if found.etag == compositeETag(parts) { return PutResult(etag: found.etag, version: found.version) }
    } catch .accessDenied {}
    throw .notFound
  }

  /// Ends an upload and drops its parts.
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

private func completionLine(_ part: CompletedPart) throws(StoreError) -> String {
  let digest = try part.sha256.map { digest throws(StoreError) in
    "<ChecksumSHA256>\(try checksum(digest))</ChecksumSHA256>"
  }
  return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(xmlEscape(part.etag.headerValue))</ETag>"
    + (digest ?? "") + "</Part>"
}

/// The tag that servers give an object made of these parts, unless it is encrypted with a key of its own: the MD5 of
/// the parts' MD5 digests, which their tags are, and how many they are; nil where a tag is no MD5.
private func compositeETag(_ parts: [CompletedPart]) -> ETag? {
  var digests: [UInt8] = []
  for part in parts {
    let digits = Array(part.etag.description.utf8)
    guard digits.count == 32 else { return nil }
    for start in stride(from: 0, to: 32, by: 2) {
      guard let byte = UInt8(String(decoding: digits[start..<(start + 2)], as: UTF8.self), radix: 16) else {
        return nil
      }
      digests.append(byte)
    }
  }
  guard let md5 = Data(base64Encoded: contentMD5(digests)) else { return nil }
  return ETag(lowercaseHexadecimal(Array(md5)) + "-\(parts.count)")
}
