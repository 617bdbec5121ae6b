internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Signing
public import Storage

/// Buckets and objects of a server that speaks the S3 protocol; any number of threads may use one store.
///
/// Requests are signed with Signature Version 4. Bodies in memory are part of the signature; others are only where
/// `PutOptions.sha256` tells their hash, since they would have to be read twice: their length is checked all the same.
/// What failed in passing (5xx, 429, resets, time-outs) is repeated as `S3Configuration.retries` says.
public final class S3Store: ObjectStore {
  let configuration: S3Configuration
  let signer: RequestSigner
  let plainBuckets = PlainBuckets()
  private let client: HTTPClient

  /// A store; nothing is sent yet.
  public init(_ configuration: S3Configuration) {
    self.configuration = configuration
    signer = RequestSigner(credentials: configuration.credentials, region: configuration.region)
    client = HTTPClient(.init(caFile: configuration.caFile))
  }

  /// Sends a request, repeats it where that may help, and returns a 2xx answer.
  func send(_ call: S3Call) throws(StoreError) -> HTTPResponse {
    try retrying { () throws(S3Failure) in try once(call) }
  }

  /// Repeats `attempt` while it fails in passing and the policy allows.
  func retrying<Value>(_ attempt: () throws(S3Failure) -> Value) throws(StoreError) -> Value {
    let start = ContinuousClock.now
    var generator = SystemRandomNumberGenerator()
    var number = 1
    while true {
      let failure: S3Failure
      do { return try attempt() } catch { failure = error }
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      guard failure.isTransient,
        let pause = configuration.retries.pause(
          afterAttempt: number,
          elapsed: elapsed,
          retryAfter: failure.retryAfter,
          using: &generator
        )
      else { throw failure.error }
      usleep(UInt32(pause * 1_000_000))
      number += 1
    }
  }

  /// One attempt; throws for any answer but 2xx, and 304 where the call provides for it.
  func once(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
    try attempt(call) { request throws(HTTPError) in try client.send(request) }
  }

  /// One attempt that hands the body of a 2xx answer on; throws for any other.
  func once(
    _ call: S3Call,
    receive: (HTTPResponseHead, UnsafeRawBufferPointer) throws(HTTPError) -> Void
  ) throws(S3Failure) -> HTTPResponse {
    try attempt(call) { request throws(HTTPError) in try client.send(request, receive: receive) }
  }

  private func attempt(
    _ call: S3Call,
    _ exchange: (HTTPRequest) throws(HTTPError) -> HTTPResponse
  ) throws(S3Failure) -> HTTPResponse {
    let now = configuration.now()
    let response: HTTPResponse
    do throws(HTTPError) { response = try exchange(signed(call, at: now)) } catch { throw S3Failure(error) }
    let isNotModified = call.isConditional && response.head.isNotModified
    guard response.head.isSuccess || isNotModified else { throw S3Failure(response, at: now) }
    return response
  }

  private func signed(_ call: S3Call, at now: Date) -> HTTPRequest {
    let endpoint = configuration.endpoint
    let host = endpoint.host(of: call.bucket, configuration.addressing)
    let path = percentEncodePath(endpoint.path(to: call.key, in: call.bucket, configuration.addressing))
    let toSign = call.headers.filter { isSigned($0.name) } + [(name: "host", value: host)]
    let added = signer.headers(
      method: call.method,
      path: path,
      query: call.query,
      headers: toSign,
      payloadHash: call.payloadHash,
      at: now
    )
    let query = call.query.isEmpty ? "" : "?" + canonicalQuery(call.query)
    var deadlines = configuration.deadlines
    if call.isAssembly { deadlines.stall = max(deadlines.stall, configuration.assemblyStall) }
    return HTTPRequest(
      call.method,
      endpoint.scheme + "://" + host + path + query,
      headers: call.headers + added,
      body: call.body,
      deadlines: deadlines,
      maximumAnswer: S3Call.maximumAnswer
    )
  }
}

/// One request to the server, not signed yet.
struct S3Call {
  /// Room for a listing of 1,000 of the longest keys, percent-encoded.
  static let maximumAnswer = 8 << 20

  let method: String
  var bucket: String?
  var key: String?
  var query: [(name: String, value: String)] = []
  var headers: [(name: String, value: String)] = []
  var body = HTTPBody.none
  var payloadHash = PayloadHash.empty
  /// Whether "not modified" is an answer.
  var isConditional = false
  /// Whether the server may be long about it, because it moves bytes.
  var isAssembly = false

  /// Sets a body in memory and its hash.
  mutating func setBody(_ bytes: [UInt8]) {
    body = .bytes(bytes)
    payloadHash = PayloadHash.of(bytes)
  }
}

extension HTTPResponseHead {
  /// Whether the object is the one whose tag was sent.
  var isNotModified: Bool { status == 304 }
}

/// Proxies may change other fields on their way.
private func isSigned(_ name: String) -> Bool {
  name.hasPrefix("x-amz-") || name == "content-type" || name == "content-md5"
}
