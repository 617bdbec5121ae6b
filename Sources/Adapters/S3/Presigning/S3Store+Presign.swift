public import FoundationEssentials
internal import Signing
public import Storage

/// A presigned request: a client without credentials may send it until it expires.
public struct PresignedRequest: Sendable {
  /// The URL at the public endpoint, with the signature in its query.
  public let url: String
  /// The header fields that the client must send unchanged; the client adds `Host` itself.
  public let headers: [(name: String, value: String)]
  /// The lifetime, in seconds: the requested one, or the rest of the session of the credentials if that is shorter.
  public let seconds: Int
}

extension S3Store {
  /// Returns a copy of the store whose presigned URLs name `S3Configuration.endpoint` instead of the public endpoint.
  public func signingForThisNode() -> S3Store {
    var changed = configuration
    changed.publicEndpoint = changed.endpoint
    return S3Store(changed)
  }

  /// Returns a presigned PUT for one object, with exactly these header fields.
  ///
  /// A signed `content-length` fixes the size of the object. `seconds` is the lifetime, 1 to 604,800.
  ///
  /// ```swift
  /// let headers = [(name: "content-type", value: "image/png"), (name: "content-length", value: "70210")]
  /// let upload = try store.presignPut(
  ///   "raw/a.png", in: "uploads", signedHeaders: headers, expires: 900, at: .now)
  /// // The client sends PUT upload.url with upload.headers and 70,210 bytes.
  /// ```
  public func presignPut(
    _ key: String,
    in bucket: String,
    signedHeaders: [(name: String, value: String)],
    expires seconds: Int,
    at now: Date
  ) throws(StoreError) -> PresignedRequest {
    try presign("PUT", key, in: bucket, query: [], signedHeaders: signedHeaders, expires: seconds, at: now)
  }

  /// Returns a presigned PUT for one part of a multipart upload, of exactly `length` bytes.
  ///
  /// `sha256` fixes the content if it is given, and `headers` are signed too. `seconds` is the lifetime, 1 to 604,800.
  /// Until then anyone with the URL can upload the part again; the completion names the entity tag of the part that
  /// counts.
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

  /// Returns a presigned PUT for one part of a multipart upload, of any length, with these signed `headers`.
  ///
  /// For clients that do not announce the length; the listing of parts shows the length later. `seconds` is the
  /// lifetime, 1 to 604,800.
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

  /// Returns a presigned GET; `contentDisposition`, `contentType`, `contentEncoding` and `cacheControl` replace the
  /// headers of the response.
  ///
  /// `seconds` is the lifetime, 1 to 604,800.
  ///
  /// ```swift
  /// let download = try store.presignGet(
  ///   "raw/a.png", in: "uploads", contentDisposition: "attachment; filename=\"a.png\"", expires: 300, at: .now)
  /// print(download.url)
  /// ```
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

  /// Returns a presigned request with any method and query for one key; `seconds` is the lifetime, 1 to 604,800.
  ///
  /// The lifetime is cut to the rest of the session of the credentials, as `lifetime(of:at:)` describes.
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
    let (signer, seconds) = try presigning(for: seconds, at: now)
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
    return PresignedRequest(
      url: endpoint.scheme + "://" + host + path + "?" + signed,
      headers: signedHeaders,
      seconds: seconds
    )
  }
}
