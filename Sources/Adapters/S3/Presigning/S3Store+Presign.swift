public import FoundationEssentials
internal import Signing
public import Storage

/// A request that somebody without keys may send until it runs out.
public struct PresignedRequest: Sendable {
  /// The URL, at the public endpoint, with the signature in its query.
  public let url: String
  /// The header fields that must be sent just so; `Host` is the client's own work.
  public let headers: [(name: String, value: String)]
}

extension S3Store {
  /// The same store, whose URLs name the address by which this node reaches it, not that of clients.
  public func signingForThisNode() -> S3Store {
    var changed = configuration
    changed.publicEndpoint = changed.endpoint
    return S3Store(changed)
  }

  /// A URL that stores an object with exactly these header fields, `content-length` among them where its size is to be bound.
  ///
  /// `seconds` is the URL's life, 1 to 604,800.
  public func presignPut(
    _ key: String,
    in bucket: String,
    signedHeaders: [(name: String, value: String)],
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedRequest {
    try presign("PUT", key, in: bucket, query: [], signedHeaders: signedHeaders, expires: seconds, at: now)
  }

  /// A URL that stores one part of a multipart upload, of exactly `length` bytes, with `sha256` where that is given, and with
  /// just these `headers`.
  ///
  /// `seconds` is the URL's life, 1 to 604,800. It can be used again until then, also by somebody else: what counts is the
  /// part that the completion names.
  public func presignPart(
    _ number: Int,
    of upload: UploadID,
    to key: String,
    in bucket: String,
    length: Int64,
    sha256: [UInt8]? = nil,
    headers: [(name: String, value: String)] = [],
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedRequest {
    try checkPartNumber(number)
    var signed = headers + [(name: "content-length", value: String(length))]
    if let sha256 { signed.append(("x-amz-checksum-sha256", try checksum(sha256))) }
    return try presign(
      "PUT",
      key,
      in: bucket,
      query: [("partNumber", String(number)), ("uploadId", upload.description)],
      signedHeaders: signed,
      expires: seconds,
      at: now
    )
  }

  /// A URL that stores one part of a multipart upload, of any length, with just these `headers`.
  ///
  /// For clients that do not tell the length; what has come is judged when it is listed. `seconds` is the URL's life, 1 to
  /// 604,800.
  public func presignPart(
    _ number: Int,
    of upload: UploadID,
    to key: String,
    in bucket: String,
    headers: [(name: String, value: String)] = [],
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedRequest {
    try checkPartNumber(number)
    let query = [(name: "partNumber", value: String(number)), (name: "uploadId", value: upload.description)]
    return try presign("PUT", key, in: bucket, query: query, signedHeaders: headers, expires: seconds, at: now)
  }

  /// A URL that reads an object; `contentDisposition`, `contentType`, `contentEncoding` and `cacheControl` replace those of
  /// the answer.
  ///
  /// `seconds` is the URL's life, 1 to 604,800.
  public func presignGet(
    _ key: String,
    in bucket: String,
    version: VersionID? = nil,
    contentDisposition: String? = nil,
    contentType: String? = nil,
    contentEncoding: String? = nil,
    cacheControl: String? = nil,
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedRequest {
    var query = versionQuery(version, in: bucket)
    if let contentDisposition { query.append(("response-content-disposition", contentDisposition)) }
    if let contentType { query.append(("response-content-type", contentType)) }
    if let contentEncoding { query.append(("response-content-encoding", contentEncoding)) }
    if let cacheControl { query.append(("response-cache-control", cacheControl)) }
    return try presign("GET", key, in: bucket, query: query, signedHeaders: [], expires: seconds, at: now)
  }

  /// A URL for any request about one key.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  public func presign(
    _ method: String,
    _ key: String,
    in bucket: String,
    query: [(name: String, value: String)],
    signedHeaders: [(name: String, value: String)],
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedRequest {
    try checkObjectKey(key)
    guard (1...604_800).contains(seconds) else {
      throw .invalidRequest(code: "InvalidExpires", message: "a URL lives 1 to 604800 s, not \(seconds)")
    }
    let endpoint = configuration.publicEndpoint
    let host = endpoint.host(of: bucket, configuration.addressing)
    let path = percentEncodePath(endpoint.path(to: key, in: bucket, configuration.addressing))
    let signed = signer.presignedQuery(
      method: method,
      path: path,
      query: query,
      headers: [(name: "host", value: host)] + signedHeaders,
      expires: seconds,
      at: now
    )
    return PresignedRequest(url: endpoint.scheme + "://" + host + path + "?" + signed, headers: signedHeaders)
  }
}
