internal import HTTP
internal import Signing

/// The endpoint from which a container of ECS or EKS gets its credentials.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
struct ContainerEndpoint: Sendable, CustomReflectable {
  /// The link-local addresses of ECS and of EKS Pod Identity, to which plain http is permitted.
  static let allowedHosts: Set = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

  private static let place = "container endpoint"
  private let relative: String?
  private let full: String?
  private let token: String?
  private let tokenFile: String?
  private let address: String
  private let endpoint: CredentialEndpoint

  /// `address` precedes a relative URI.
  init(_ variables: [String: String], address: String) {
    relative = variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    full = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    tokenFile = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    self.address = address
    endpoint = CredentialEndpoint(nearby: Self.place, variables)
  }

  /// An empty mirror, because the token is a secret.
  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Returns fresh credentials; nil if no variable names the endpoint.
  func fetch() throws(CredentialError) -> Credentials? {
    guard let url = try url() else { return nil }
    var headers = [(name: "Accept", value: "application/json")]
    if let token = try authorization() { headers.append(("Authorization", token)) }
    return try CredentialDocument.credentials(in: try endpoint.send("GET", url.text, headers), from: Self.place)
  }

  /// The relative URI precedes the full one.
  private func url() throws(CredentialError) -> EndpointURL? {
    if let relative {
      guard relative.hasPrefix("/"), let url = EndpointURL(address + relative) else {
        throw CredentialError("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: expected a path that begins with /")
      }
      return url
    }
    guard let full else { return nil }
    guard let url = EndpointURL(full), url.isTrusted(Self.allowedHosts) else {
      throw CredentialError(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: expected an https URL, or an http URL whose host is a loopback address, "
          + Self.allowedHosts.sorted().joined(separator: ", ")
      )
    }
    return url
  }

  /// The token file precedes the variable, and is read anew for each request, because EKS replaces it.
  private func authorization() throws(CredentialError) -> String? {
    if let tokenFile { return try readToken(tokenFile, upTo: CredentialEndpoint.maximumAnswer) }
    guard let token else { return nil }
    // `Bearer` and similar schemes have a space.
    guard token.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw CredentialError("AWS_CONTAINER_AUTHORIZATION_TOKEN: has a character that a header cannot contain")
    }
    return token
  }
}
