public import FoundationEssentials
internal import Synchronization

/// Signs requests with AWS Signature Version 4, in headers or as presigned URLs; any number of threads may use it.
///
/// ```swift
/// let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret)
/// let signer = RequestSigner(credentials: credentials, region: "eu-central-1")
/// ```
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
public final class RequestSigner: Sendable {
  /// The credentials of every signature.
  public let credentials: Credentials
  private let region: String
  private let service: String
  private let canonicalPath: CanonicalPath
  private let sendsPayloadHash: Bool
  let key: Mutex<SigningKey>

  /// Creates a signer for one service in one region.
  ///
  /// The defaults of `canonicalPath` and `sendsPayloadHash` are for S3. If `sendsPayloadHash` is true, each request has
  /// an `x-amz-content-sha256` header.
  public init(
    credentials: Credentials,
    region: String,
    service: String = "s3",
    canonicalPath: CanonicalPath = .asSent,
    sendsPayloadHash: Bool = true
  ) {
    self.credentials = credentials
    self.region = region
    self.service = service
    self.canonicalPath = canonicalPath
    self.sendsPayloadHash = sendsPayloadHash
    key = Mutex(SigningKey(secret: credentials.secretAccessKey, region: region, service: service))
  }

  /// Returns the headers to add to a request, with the signature in `authorization`.
  ///
  /// The other headers are `x-amz-date`, `x-amz-content-sha256`, and `x-amz-security-token` for temporary credentials.
  /// `path` is percent-encoded as it is sent; `query` is not encoded. All of `headers` are signed: they must contain
  /// `host`, and none of the returned headers. `payloadHash` is a value of `PayloadHash`.
  ///
  /// ```swift
  /// let headers = [(name: "host", value: "s3.example.com")]
  /// let added = signer.headers(
  ///   method: "GET", path: "/uploads-raw/a", query: [], headers: headers, payloadHash: PayloadHash.empty, at: .now)
  /// // Send headers + added.
  /// ```
  public func headers(
    method: String,
    path: String,
    query: [(name: String, value: String)],
    headers: [(name: String, value: String)],
    payloadHash: String,
    at now: Date
  ) -> [(name: String, value: String)] {
    let time = Timestamp(now)
    var added: [(name: String, value: String)] = [("x-amz-date", time.text)]
    if sendsPayloadHash { added.append(("x-amz-content-sha256", payloadHash)) }
    if let token = credentials.sessionToken { added.append(("x-amz-security-token", token)) }
    let signed = CanonicalHeaders(headers + added)
    var canonical: [UInt8] = []
    canonical.append(canonicalQuery: query)
    let signature = signature(method, path, canonical, signed, payloadHash, time)
    let value = """
      AWS4-HMAC-SHA256 Credential=\(credential(time)), SignedHeaders=\(signed.names), Signature=\(signature)
      """
    return added + [("authorization", value)]
  }

  /// Returns the whole query string of a presigned URL, with `query` and the signature, without the `?`.
  ///
  /// `path` is percent-encoded as it is sent; `query` is not encoded. The client must send exactly `headers`, which
  /// contain `host`. `seconds` is the lifetime of the URL; S3 accepts 1 to 604,800.
  ///
  /// ```swift
  /// let path = percentEncodePath("/uploads-raw/ada/photo 1.jpg")
  /// let query = signer.presignedQuery(
  ///   method: "GET", path: path, query: [], headers: [("host", "s3.example.com")], expires: 900, at: .now)
  /// let url = "https://s3.example.com\(path)?\(query)"
  /// ```
  public func presignedQuery(
    method: String,
    path: String,
    query: [(name: String, value: String)],
    headers: [(name: String, value: String)],
    payloadHash: String = PayloadHash.unsigned,
    expires seconds: Int,
    at now: Date
  ) -> String {
    let time = Timestamp(now)
    let signed = CanonicalHeaders(headers)
    var parameters = query
    parameters.append(("X-Amz-Algorithm", "AWS4-HMAC-SHA256"))
    parameters.append(("X-Amz-Credential", credential(time)))
    parameters.append(("X-Amz-Date", time.text))
    parameters.append(("X-Amz-Expires", String(seconds)))
    if let token = credentials.sessionToken { parameters.append(("X-Amz-Security-Token", token)) }
    parameters.append(("X-Amz-SignedHeaders", signed.names))
    var canonical: [UInt8] = []
    canonical.reserveCapacity(768)
    canonical.append(canonicalQuery: parameters)
    let signature = signature(method, path, canonical, signed, payloadHash, time)
    canonical.append("&X-Amz-Signature=" + signature)
    return String(decoding: canonical, as: UTF8.self)
  }

  func credential(_ time: Timestamp) -> String {
    "\(credentials.accessKeyID)/\(time.day)/\(region)/\(service)/aws4_request"
  }

  private func signature(
    _ method: String,
    _ path: String,
    _ query: [UInt8],
    _ headers: CanonicalHeaders,
    _ payloadHash: String,
    _ time: Timestamp
  ) -> String {
    var request: [UInt8] = []
    request.reserveCapacity(2048)
    for part in [method, canonicalPath(path)] {
      request.append(part)
      request.append(UInt8(ascii: "\n"))
    }
    request += query
    request.append(UInt8(ascii: "\n"))
    request += headers.block
    request.append(UInt8(ascii: "\n"))
    request.append(headers.names)
    request.append(UInt8(ascii: "\n"))
    request.append(payloadHash)
    return key.withLock { $0.signature(of: request, at: time) }
  }
}
