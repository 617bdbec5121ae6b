public import FoundationEssentials
public import HTTP
public import Signing

/// The addresses, credentials and deadlines for one S3 server.
public struct S3Configuration: Sendable {
  /// The address at which this process reaches the server.
  public var endpoint: S3Endpoint
  /// The address at which clients reach the server: the host of presigned URLs.
  public var publicEndpoint: S3Endpoint
  /// The region that signatures name.
  public var region: String
  /// The position of the bucket in URLs, for both endpoints.
  public var addressing: S3Endpoint.Addressing
  /// The source of the credentials that requests are signed with.
  public var credentials: any CredentialSource
  /// The path of a PEM file of certification authorities; nil for those of the system.
  public var caFile: String?
  /// The deadlines of an exchange; the default has no total deadline, so that objects of any size can be transferred.
  public var deadlines: HTTPDeadlines
  /// The stall deadline, in seconds, of a copy or of a multipart completion, in which the server moves bytes before it
  /// answers.
  public var assemblyStall: Int
  /// The number of connections that stay open between requests.
  public var idleConnections: Int
  /// The retry policy for transient failures.
  public var retries: RetryPolicy
  /// The AWS account that must own the buckets of all requests; nil for any.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
  public var expectedOwner: String?
  /// The clock for the time in signatures.
  public var now: @Sendable () -> Date
  /// Receives each call that the store refuses with 403; nil for nobody.
  public var reportDenied: (@Sendable (DeniedCall) -> Void)?
  /// Receives each request that was sent, with its result; nil for nobody.
  public var reportExchange: (@Sendable (S3Exchange) -> Void)?

  /// Creates a configuration; `publicEndpoint` defaults to `endpoint`, and `assemblyStall` to 300 s.
  public init(
    endpoint: S3Endpoint,
    publicEndpoint: S3Endpoint? = nil,
    region: String = "us-east-1",
    addressing: S3Endpoint.Addressing = .path,
    credentials: any CredentialSource,
    caFile: String? = nil,
    deadlines: HTTPDeadlines = HTTPDeadlines(),
    assemblyStall: Int = 300,
    idleConnections: Int = 16,
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
    self.idleConnections = idleConnections
    self.retries = retries
    self.now = now
  }
}
