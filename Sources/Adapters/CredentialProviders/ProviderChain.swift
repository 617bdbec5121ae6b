public import FoundationEssentials
internal import HTTP
public import Signing

/// Obtains AWS credentials from the places where AWS's SDKs look, in the same order.
///
/// 1. `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`
/// 2. a web identity: `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, exchanged at STS
/// 3. a profile of the shared credentials and config files
/// 4. a container's endpoint: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`
/// 5. the metadata service of an EC2 instance (IMDSv2)
///
/// The first place that is configured decides. If it fails, the chain fails: credentials from a later place would be
/// those of another role.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
public final class ProviderChain: Sendable, CustomReflectable {
  /// Credentials and their origin.
  public struct Found: Sendable {
    /// The credentials.
    public let credentials: Credentials
    /// The place, in words for an administrator.
    public let place: String
    /// True if the place may have other credentials later although these have no known end, as a file may.
    let isChangeable: Bool
  }

  /// The addresses of AWS's endpoints, which tests replace.
  struct Addresses {
    var container = "http://169.254.170.2"
    var metadata = "http://169.254.169.254"
    var metadataOverIPv6 = "http://[fd00:ec2::254]"
  }

  private let variables: [String: String]
  private let files: SharedFiles
  private let container: ContainerEndpoint
  private let metadata: InstanceMetadata
  private let region: String
  private let sessionName: String

  /// A chain that reads the `AWS_` variables and `HOME` from `variables`.
  ///
  /// `region` selects the endpoint of STS if `AWS_REGION` and `AWS_DEFAULT_REGION` are not set. `sessionName` names
  /// sessions in AWS's logs if `AWS_ROLE_SESSION_NAME` is not set.
  public convenience init(variables: [String: String], region: String, sessionName: String) {
    self.init(variables: variables, region: region, sessionName: sessionName, addresses: Addresses())
  }

  init(variables: [String: String], region: String, sessionName: String, addresses: Addresses) {
    // An empty variable counts as absent, as in AWS's SDKs.
    let variables = variables.filter { !$0.value.isEmpty }
    self.variables = variables
    self.sessionName = variables["AWS_ROLE_SESSION_NAME"] ?? sessionName
    self.region = variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? region
    files = SharedFiles(variables)
    container = ContainerEndpoint(variables, address: addresses.container)
    metadata = InstanceMetadata(variables, addresses)
  }

  /// Returns credentials that are valid at `now`; throws with the reason if the place that decides has none.
  ///
  /// The method calls endpoints and waits for them, up to 10 s. Only one thread should call it at a time.
  public func find(at now: Date) throws(CredentialError) -> Found {
    guard let found = try search(at: now) else {
      throw CredentialError(
        "none found: no AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE or AWS_CONTAINER_CREDENTIALS_… variable, "
          + "no profile \(files.profile), and AWS_EC2_METADATA_DISABLED is set"
          + files.missing.map { "; \($0)" }.joined()
      )
    }
    guard found.credentials.seconds(at: now, limit: 1) >= 1 else {
      throw CredentialError("\(found.place): the credentials have already expired")
    }
    return found
  }

  /// An empty mirror, because the variables contain secrets.
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  private func search(at now: Date) throws(CredentialError) -> Found? {
    if let credentials = try environmentCredentials(variables) {
      return Found(credentials: credentials, place: "environment", isChangeable: false)
    }
    if let role = try WebIdentityRole(variables, sessionName: sessionName) {
      return try assume(role)
    }
    switch try files.find() {
    case .keys(let credentials, let place):
      return Found(credentials: credentials, place: place, isChangeable: true)
    case .role(let arn, let tokenFile, let name):
      return try assume(try WebIdentityRole(arn: arn, tokenFile: tokenFile, sessionName: name ?? sessionName))
    case nil: break
    }
    if let credentials = try container.fetch() {
      return Found(credentials: credentials, place: "container endpoint", isChangeable: false)
    }
    if let credentials = try metadata.fetch() {
      return Found(credentials: credentials, place: "instance metadata", isChangeable: false)
    }
    return nil
  }

  private func assume(_ role: WebIdentityRole) throws(CredentialError) -> Found {
    let exchange = try RoleExchange(variables, region: region)
    return Found(credentials: try exchange.assume(role), place: "web identity", isChangeable: false)
  }
}

/// Returns the credentials of the environment; nil if no variable has a key.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
private func environmentCredentials(_ variables: [String: String]) throws(CredentialError) -> Credentials? {
  let (key, secret) = (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
  if key == nil, secret == nil { return nil }
  guard let key, let secret else {
    throw CredentialError("environment: set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither")
  }
  // `aws configure export-credentials` writes the end of a session into this variable.
  var expiration: Date?
  if let text = variables["AWS_CREDENTIAL_EXPIRATION"] {
    expiration = sessionEnd(text)
    guard expiration != nil else { throw CredentialError("environment: AWS_CREDENTIAL_EXPIRATION is not a time") }
  }
  return try Credentials(
    from: "environment",
    key: key,
    secret: secret,
    token: variables["AWS_SESSION_TOKEN"],
    expiration: expiration
  )
}
