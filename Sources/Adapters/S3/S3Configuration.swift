public import FoundationEssentials
public import HTTP
public import Signing

/// How one S3 server is spoken to.
public struct S3Configuration: Sendable {
  /// Where this process reaches the server.
  public var endpoint: S3Endpoint
  /// Where clients reach it: the host of presigned URLs.
  public var publicEndpoint: S3Endpoint
  /// The region that signatures name.
  public var region: String
  /// How buckets stand in URLs, at both endpoints.
  public var addressing: S3Endpoint.Addressing
  /// The keys that requests are signed with.
  public var credentials: Credentials
  /// A PEM file of certification authorities instead of the system's.
  public var caFile: String?
  /// When an exchange is given up; without a total deadline, so that objects of any length pass.
  public var deadlines: HTTPDeadlines
  /// How long a copy or the completion of a multipart upload may keep its answer waiting while the server moves bytes; seconds.
  public var assemblyStall: Int
  /// How often a request that failed in passing is repeated.
  public var retries: RetryPolicy
  /// The clock that requests are signed by.
  public var now: @Sendable () -> Date

  /// Path addressing in `us-east-1`, clients at the same endpoint, 300 s for a copy or a completion, unless given.
  public init(
    endpoint: S3Endpoint,
    publicEndpoint: S3Endpoint? = nil,
    region: String = "us-east-1",
    addressing: S3Endpoint.Addressing = .path,
    credentials: Credentials,
    caFile: String? = nil,
    deadlines: HTTPDeadlines = HTTPDeadlines(),
    assemblyStall: Int = 300,
    retries: RetryPolicy = RetryPolicy(),
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.endpoint = endpoint
    self.publicEndpoint = publicEndpoint ?? endpoint
    self.region = region
    self.addressing = addressing
    self.credentials = credentials
    self.caFile = caFile
    self.deadlines = deadlines
    self.assemblyStall = assemblyStall
    self.retries = retries
    self.now = now
  }
}
