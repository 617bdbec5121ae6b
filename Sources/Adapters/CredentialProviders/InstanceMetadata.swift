internal import HTTP
internal import Signing
internal import Synchronization

/// The credentials of an EC2 instance's role, by version 2 of the metadata service only.
///
/// Version 1 needs no token, so any program that can be made to send a GET reaches its credentials. There is no way
/// back to it.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html,
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
final class InstanceMetadata: Sendable {
  /// The lifetime of the service's token, in seconds: the longest that the service accepts.
  static let tokenSeconds = 21_600

  private static let place = "instance metadata"
  private static let rolePath = "/latest/meta-data/iam/security-credentials/"
  private static let allowedHosts: Set = ["169.254.169.254", "[fd00:ec2::254]"]

  private let isDisabled: Bool
  private let base: String
  private let endpoint: CredentialEndpoint
  private let token = Mutex<String?>(nil)

  init(_ variables: [String: String], _ addresses: ProviderChain.Addresses) {
    isDisabled = variables["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true"
    let isIPv6 = variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
    let address = isIPv6 ? addresses.metadataOverIPv6 : addresses.metadata
    var base = variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? address
    while base.hasSuffix("/") { base.removeLast() }
    self.base = base
    endpoint = CredentialEndpoint(nearby: Self.place, variables)
  }

  /// Returns the current credentials of the instance's role; nil if the service is disabled by a variable.
  func fetch() throws(CredentialError) -> Credentials? {
    guard !isDisabled else { return nil }
    guard let url = EndpointURL(base), url.isTrusted(Self.allowedHosts) else {
      throw CredentialError(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT: expected an https URL, or an http URL whose host is a loopback address, "
          + Self.allowedHosts.sorted().joined(separator: ", ")
      )
    }
    let listing = try get(Self.rolePath)
    guard listing.head.status == 200 else {
      let hint = listing.head.status == 404 ? ": the instance has no role" : ""
      throw CredentialError("\(Self.place): status \(listing.head.status) for the role's name\(hint)")
    }
    let first = String(decoding: listing.body, as: UTF8.self).prefix { !$0.isNewline }
    // The characters of a role's name. Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
    guard let role = first.wholeMatch(of: /[\w+=,.@\-]{1,64}/.asciiOnlyWordCharacters()).map({ String($0.0) }) else {
      throw CredentialError("\(Self.place): the response has no role's name")
    }
    return try CredentialDocument.credentials(in: try get(Self.rolePath + role), from: Self.place)
  }

  /// Sends a request with the token; a refused token is replaced once.
  private func get(_ path: String) throws(CredentialError) -> HTTPResponse {
    for isSecond in [false, true] {
      let known = token.withLock { $0 }
      let current = if let known { known } else { try renewToken() }
      let response = try endpoint.send("GET", base + path, [("X-aws-ec2-metadata-token", current)])
      guard response.head.status == 401, !isSecond else { return response }
      token.withLock { $0 = nil }
    }
    throw CredentialError("\(Self.place): the token is refused")
  }

  private func renewToken() throws(CredentialError) -> String {
    let header = (name: "X-aws-ec2-metadata-token-ttl-seconds", value: String(Self.tokenSeconds))
    let response: HTTPResponse
    do throws(CredentialError) {
      response = try endpoint.send("PUT", base + "/latest/api/token", [header], maximumAnswer: 1024)
    } catch {
      // The token's response travels as many hops as the instance's settings say, and a container is a hop further.
      throw CredentialError("\(error) (in a container, the metadata service needs a hop limit of 2)")
    }
    let text = String(decoding: response.body, as: UTF8.self)
    guard response.head.status == 200, isPrintable(text, upTo: 1024) else {
      throw CredentialError("\(Self.place): status \(response.head.status) for a token, or no token in the response")
    }
    token.withLock { $0 = text }
    return text
  }
}
