public import FoundationEssentials
internal import Synchronization

/// Signs requests with AWS Signature Version 4, in headers or as presigned URLs; any number of threads may call it at once.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
public final class RequestSigner: Sendable {
  let credentials: Credentials
  private let region: String
  private let service: String
  private let canonicalPath: CanonicalPath
  private let sendsPayloadHash: Bool
  let key: Mutex<SigningKey>

  /// A signer for one service in one region.
  ///
  /// `canonicalPath` and `sendsPayloadHash` (an `x-amz-content-sha256` header on each request) are S3's by default.
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

  /// The headers to add to a request: `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token` for temporary
  /// credentials, and `authorization`.
  ///
  /// `path` is percent-encoded as it is sent, `query` is not encoded. `headers` are signed, all of them; they hold `host`
  /// and none of those that this returns. `payloadHash` is one of `PayloadHash`.
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

  /// The whole query string of a presigned URL, with `query` in it and the signature at its end, without the `?`.
  ///
  /// `path` is percent-encoded as it is sent, `query` is not encoded. `headers` are what the client must send just so,
  /// `host` among them. `seconds` is the URL's life, which S3 takes from 1 to 604,800.
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
