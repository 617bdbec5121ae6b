internal import FoundationEssentials
internal import HTTP
internal import Signing
public import Storage
internal import XML

extension S3Store {
  /// Completes an upload; if the response leaves the result open, a HEAD of the object decides.
  ///
  /// A HEAD is needed if the upload no longer exists, if the response was lost or an error, or if it has no entity tag:
  /// Ceph's first response is empty. The account must be allowed to read the object. Throws `notFound` if neither the
  /// upload nor the object exists, also if the store reports an internal error, as Ceph does for an aborted upload.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    size: Int64?,
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    try checkParts(parts)
    let call = try completion(of: upload, to: key, in: bucket, parts, ifNoneMatch: ifNoneMatch)
    let wanted = WantedObject(parts: parts, size: size)
    do throws(StoreError) {
      let (head, document) = try result(call, with: nil)
      if let etag = document.content(of: "ETag") {
        return PutResult(etag: ETag(etag), version: head["x-amz-version-id"].map(VersionID.init))
      }
      if document.name == "CompleteMultipartUploadResult", let made = try find(wanted, at: key, in: bucket) {
        return made
      }
      throw malformed("\(document.name) without ETag")
    } catch {
      guard try isGone(upload, to: key, in: bucket, after: error) else { throw error }
      guard let made = try find(wanted, at: key, in: bucket) else { throw .notFound }
      return made
    }
  }

  private func completion(
    of upload: UploadID,
    to key: String,
    in bucket: String,
    _ parts: [CompletedPart],
    ifNoneMatch: Bool
  ) throws(StoreError) -> S3Call {
    let query = [(name: "uploadId", value: upload.description)]
    var call = S3Call(method: "POST", bucket: bucket, key: key, query: query, isAssembly: true)
    if ifNoneMatch { call.headers.append(("if-none-match", "*")) }
    let lines = try parts.map(completionLine).joined()
    try call.setDocument(
      "<CompleteMultipartUpload xmlns=\"\(namespace)\">\(lines)</CompleteMultipartUpload>",
      isChecksumSent: false
    )
    return call
  }

  /// True if the upload no longer exists; after ambiguous failures a listing of its parts decides.
  private func isGone(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    after failure: StoreError
  ) throws(StoreError) -> Bool {
    switch failure {
    case .notFound: return true
    case .unavailable, .timeout, .integrity:
      let query = [(name: "uploadId", value: upload.description), ("max-parts", "1")]
      do throws(S3Failure) {
        _ = try once(S3Call(method: "GET", bucket: bucket, key: key, query: query))
        return false
      } catch {
        return error.error == .notFound
      }
    default: return false
    }
  }

  /// Returns the object at a key if it is the wanted one, else nil.
  ///
  /// Throws `accessDenied` if the account may not read or list: AWS then answers 403 also for a missing key, so the
  /// outcome stays unknown.
  private func find(_ wanted: WantedObject, at key: String, in bucket: String) throws(StoreError) -> PutResult? {
    let head: HTTPResponseHead
    do throws(StoreError) {
      head = try send(S3Call(method: "HEAD", bucket: bucket, key: key)).head
    } catch .notFound {
      return nil
    }
    guard let size = head["content-length"].flatMap(Int64.init) else { return nil }
    let found = try objectInfo(head, size: size)
    return wanted.isMet(by: found, encryption: head) ? PutResult(etag: found.etag, version: found.version) : nil
  }
}

/// The known properties of the object that the parts form.
private struct WantedObject {
  let parts: [CompletedPart]
  let size: Int64?

  /// True if `found` is the wanted object: by its entity tag, or by size and part count if tags cannot decide.
  ///
  /// Tags cannot decide if the store encrypts with KMS or a client's key, or computes tags in another way.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
  func isMet(by found: ObjectInfo, encryption head: HTTPResponseHead) -> Bool {
    let composite = compositeETag(parts)
    if let composite, found.etag == composite { return true }
    let isSealed =
      head["x-amz-server-side-encryption"]?.hasPrefix("aws:") == true
      || head["x-amz-server-side-encryption-customer-algorithm"] != nil
    let count = partCount(of: found.etag)
    if composite != nil, count != nil, !isSealed { return false }
    return size == found.size && (count ?? parts.count) == parts.count
  }
}

private func completionLine(_ part: CompletedPart) throws(StoreError) -> String {
  let digest = try part.sha256.map { digest throws(StoreError) in
    "<ChecksumSHA256>\(try checksum(digest))</ChecksumSHA256>"
  }
  return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(xmlEscape(part.etag.headerValue))</ETag>"
    + (digest ?? "") + "</Part>"
}

/// Returns the number of parts in an entity tag; nil unless the tag is an MD5 and that number.
private func partCount(of etag: ETag) -> Int? {
  let words = etag.description.split(separator: "-", omittingEmptySubsequences: false)
  guard words.count == 2, words[0].utf8.count == 32, words[0].allSatisfy(\.isHexDigit) else { return nil }
  return Int(words[1])
}

/// Returns the usual entity tag of an object of these parts; nil if the tag of a part is no MD5.
///
/// The tag consists of the MD5 of the parts' MD5 digests, which are their tags, and the number of parts. Objects
/// encrypted with a separate key have other tags.
private func compositeETag(_ parts: [CompletedPart]) -> ETag? {
  var digests: [UInt8] = []
  for part in parts {
    let digits = Array(part.etag.description.utf8)
    guard digits.count == 32, part.etag.description.allSatisfy(\.isHexDigit) else { return nil }
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
