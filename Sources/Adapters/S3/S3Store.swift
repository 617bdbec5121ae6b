internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Signing
public import Storage

/// An object store on a server that speaks the S3 protocol; any number of threads may use one store.
///
/// Requests are signed with Signature Version 4. The signature covers a body in memory. It covers another body only if
/// `PutOptions.sha256` gives the hash, because hashing would read the body twice; the length is always checked.
/// Transient failures (5xx, 429, resets, timeouts) are repeated according to `S3Configuration.retries`.
///
/// ```swift
/// guard let endpoint = S3Endpoint("https://s3.example.com") else { return }
/// let credentials = Credentials(accessKeyID: "key", secretAccessKey: "secret")
/// let store = S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
/// let stored = try store.put(.bytes(Array("hello".utf8)), to: "notes/a.txt", in: "documents", options: PutOptions())
/// ```
public final class S3Store: ObjectStore {
  let configuration: S3Configuration
  let signer: RotatingSigner
  let plainBuckets = PlainBuckets()
  private let client: HTTPClient

  /// Creates a store; sends no request.
  public init(_ configuration: S3Configuration) {
    self.configuration = configuration
    signer = RotatingSigner(source: configuration.credentials, region: configuration.region)
    client = HTTPClient(.init(caFile: configuration.caFile, idleHandles: configuration.idleConnections))
  }

  /// Returns a copy of the store that makes single attempts and keeps as many connections open.
  ///
  /// For callers that repeat failed requests themselves because they send many at a time.
  public func forSending(connections: Int) -> S3Store {
    var changed = configuration
    changed.retries = .never
    changed.idleConnections = connections
    return S3Store(changed)
  }

  /// Returns a copy of the store that repeats a request which fails temporarily up to seven times within two minutes.
  ///
  /// For single requests on which long work depends.
  public func patient() -> S3Store {
    var changed = configuration
    changed.retries = RetryPolicy(attempts: 8, budget: 120)
    return S3Store(changed)
  }

  /// Returns a copy of the store that keeps as many connections open.
  public func keeping(connections: Int) -> S3Store {
    var changed = configuration
    changed.idleConnections = connections
    return S3Store(changed)
  }

  /// Returns a copy of the store that reaches only buckets of this AWS account.
  public func expecting(owner: String) -> S3Store {
    var changed = configuration
    changed.expectedOwner = owner
    return S3Store(changed)
  }

  /// Returns a copy of the store that passes each call that the store refuses with 403 to `report`.
  public func reporting(_ report: @escaping @Sendable (DeniedCall) -> Void) -> S3Store {
    var changed = configuration
    changed.reportDenied = report
    return S3Store(changed)
  }

  /// Returns a copy of the store that passes each request that it sends to `report`, with its result.
  ///
  /// Every attempt counts, so a repeated call is reported more than once.
  public func observing(_ report: @escaping @Sendable (S3Exchange) -> Void) -> S3Store {
    var changed = configuration
    changed.reportExchange = report
    return S3Store(changed)
  }

  /// Returns a copy of the store that makes single attempts, each with a total deadline in seconds.
  ///
  /// For callers that examine the store's answers.
  public func answering(within seconds: Double) -> S3Store {
    var changed = configuration
    changed.retries = .never
    changed.deadlines.total = seconds
    return S3Store(changed)
  }

  /// Sends a request, repeats it after transient failures, and returns a 2xx response.
  func send(_ call: S3Call) throws(StoreError) -> HTTPResponse {
    try retrying { () throws(S3Failure) in try once(call) }
  }

  /// Repeats `attempt` after transient failures, as often as the retry policy allows.
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

  /// Sends a request once; throws for a response other than 2xx, or 304 if the call is conditional.
  func once(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
    try attempt(call) { request throws(HTTPError) in try client.send(request) }
  }

  /// Sends a request once and passes the body of a 2xx response to `receive`; throws for another response.
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
    let request = try signed(call, at: now)
    let start = ContinuousClock.now
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try exchange(request)
    } catch {
      observe(call, .init(error), since: start)
      throw S3Failure(error)
    }
    observe(call, .init(status: response.head.status), since: start)
    let isNotModified = call.isConditional && response.head.isNotModified
    guard response.head.isSuccess || isNotModified else { throw explained(S3Failure(response, at: now), of: call) }
    return response
  }

  private func observe(_ call: S3Call, _ outcome: S3Exchange.Outcome, since start: ContinuousClock.Instant) {
    guard let report = configuration.reportExchange, let operation = call.operation?.operation else { return }
    report(S3Exchange(operation: operation, outcome: outcome, duration: .now - start))
  }

  /// Adds the rights that the call needs to the failure of a refused call, and reports it.
  private func explained(_ failure: S3Failure, of call: S3Call) -> S3Failure {
    guard case .accessDenied(let detail) = failure.error, let denied = DeniedCall(call, failure) else { return failure }
    configuration.reportDenied?(denied)
    return S3Failure(error: .accessDenied(detail: "\(detail): \(denied)"))
  }

  private func signed(_ call: S3Call, at now: Date) throws(S3Failure) -> HTTPRequest {
    let signer: RequestSigner
    do throws(CredentialError) { signer = try self.signer.signer(at: now) } catch { throw S3Failure(error) }
    let endpoint = configuration.endpoint
    let host = endpoint.host(of: call.bucket, configuration.addressing)
    let path = percentEncodePath(endpoint.path(to: call.key, in: call.bucket, configuration.addressing))
    var headers = call.headers
    if let owner = configuration.expectedOwner, !call.isCreation {
      headers.append(("x-amz-expected-bucket-owner", owner))
    }
    let toSign = headers.filter { isSigned($0.name) } + [(name: "host", value: host)]
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
      headers: headers + added,
      body: call.body,
      deadlines: deadlines,
      maximumAnswer: S3Call.maximumAnswer
    )
  }
}

/// A request to the server, before its signature.
struct S3Call {
  /// The maximum size of a response in memory; a listing of 1,000 keys of maximum length, percent-encoded, fits.
  static let maximumAnswer = 8 << 20

  let method: String
  var bucket: String?
  var key: String?
  var query: [(name: String, value: String)] = []
  var headers: [(name: String, value: String)] = []
  var body = HTTPBody.none
  var payloadHash = PayloadHash.empty
  /// True if 304 (Not Modified) is a valid response.
  var isConditional = false
  /// True if the server moves bytes before it answers; `S3Configuration.assemblyStall` then applies.
  var isAssembly = false

  /// True if the request creates a bucket, which has no owner yet.
  var isCreation: Bool { method == "PUT" && key == nil && query.isEmpty }

  /// Sets a body in memory and its hash.
  mutating func setBody(_ bytes: [UInt8]) {
    body = .bytes(bytes)
    payloadHash = PayloadHash.of(bytes)
  }
}

extension HTTPResponseHead {
  /// True if the object still has the entity tag that the request named.
  var isNotModified: Bool { status == 304 }
}

/// True if a header field is signed: proxies may change other fields in transit.
private func isSigned(_ name: String) -> Bool {
  name.hasPrefix("x-amz-") || name == "content-type" || name == "content-md5"
}
